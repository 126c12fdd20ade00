/**
 * Every route × every role. The routes come from the server, so one without a row here fails; who may is written
 * down by hand from docs/protocols/http.md. A refused write must have changed nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseRows } from './roles/database-rows.ts';
import { projectRows } from './roles/project-rows.ts';
import { columns, setScene } from './roles/scene.ts';
import { serverRows } from './roles/server-rows.ts';
import { type Call, ServerLab } from './server-lab.ts';

const rows = { ...serverRows, ...projectRows, ...databaseRows };

test('every route that the server has is in the table, and the table names no other', async (t) => {
  const lab = await ServerLab.open(t);
  const routes = lab.http.knownRoutes.all.flatMap(({ methods, url }) =>
    methods.map((method) => `${method} ${url}`),
  );
  const pages = [
    'GET /',
    'GET /style.css',
    'GET /icon.svg',
    'GET /databases',
    'GET /projects/:project',
    'GET /projects/:project/jobs/:number',
  ];
  assert.deepEqual([...routes].sort(), [...Object.keys(rows), ...pages].sort());
});

test('what answers without a token is named here', async (t) => {
  const lab = await ServerLab.open(t);
  const open = lab.http.knownRoutes.all.filter((route) => route.open).map(({ url }) => url);
  assert.deepEqual(open.sort(), [
    '/',
    '/databases',
    '/icon.svg',
    '/projects/:project',
    '/projects/:project/jobs/:number',
    '/style.css',
    '/v1/health',
    '/v1/openapi.json',
  ]);
});

for (const [route, { may, request }] of Object.entries(rows)) {
  test(`who may ${route}`, async (t) => {
    const lab = await ServerLab.open(t);
    await lab.project('other');
    for (const column of columns) {
      const [scene, token] = await setScene(lab, column);
      const [url, body] = await request(scene);
      const before = await lastEvent(lab);
      const call: Call = body === undefined ? { token } : { token, body };
      const answer = await lab.call(route.split(' ')[0] ?? '', url, call);
      const cell = `${column}: ${answer.status} ${answer.text.slice(0, 300)}`;
      if (may.includes(column)) assert.ok(answer.status < 300, cell);
      else {
        assert.equal(answer.status, column === 'none' ? 401 : 403, cell);
        assert.equal(await lastEvent(lab), before, `${column} was refused, and yet something happened`);
      }
    }
  });
}

async function lastEvent(lab: ServerLab): Promise<string> {
  return (await lab.ok('GET', '/v1/events?limit=1')).asOf;
}
