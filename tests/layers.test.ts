/** Who may import whom, and what may not be written at all: two tables, and the proof that they bite. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import packageJson from '../package.json' with { type: 'json' };
import {
  type Ban,
  breaches,
  catchingNothing,
  commenting,
  declaringEnum,
  type Folder,
  type House,
  saying,
} from './layers/house.ts';

const SOCKETS = ['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'dns/promises'];
const PROCESSES = ['child_process', 'cluster'];
const NO_SOCKETS = builtinModules.map((name) => name.replace('node:', '')).filter(isLocal);
/** Modules that only compute. */
const PURE = ['assert', 'assert/strict', 'buffer', 'crypto', 'path', 'string_decoder', 'url', 'util', 'zlib'];

/** Folder: what it may import beside itself. What is not named is refused, a folder that is not named too. */
const FOLDERS = {
  'src/core': {},
  'src/ports': { folders: ['src/core'] },
  'src/app': { folders: ['src/core', 'src/ports'] },
  'src/tasks': { folders: ['src/core', 'src/releases', 'src/schemas', 'src/worker'], builtins: NO_SOCKETS },

  'src/storage/shared': { folders: ['src/core', 'src/ports'], builtins: NO_SOCKETS },
  'src/storage/memory': { folders: ['src/core', 'src/ports', 'src/storage/shared'] },
  'src/storage/sqlite': { folders: ['src/core', 'src/ports', 'src/storage/shared'], builtins: NO_SOCKETS },
  'src/storage/postgres': {
    folders: ['src/core', 'src/ports', 'src/storage/shared'],
    builtins: NO_SOCKETS,
    packages: ['pg'],
  },

  'src/banks': { folders: ['src/core', 'src/ports'], builtins: NO_SOCKETS },
  'src/schemas': { folders: ['src/core', 'src/ports'], builtins: NO_SOCKETS, packages: ['pg'] },
  'src/interchange': { folders: ['src/core'], builtins: PURE, packages: ['saxes'] },
  'src/wire': { folders: ['src/core'], builtins: PURE, packages: ['saxes'] },

  'src/frontends/http': {
    folders: ['src/core', 'src/ports', 'src/app'],
    builtins: 'any',
    packages: ['fastify', '@fastify/swagger', '@fastify/type-provider-typebox', 'typebox', 'prom-client'],
  },
  'src/frontends/xmlrpc': { folders: ['src/core', 'src/ports', 'src/app', 'src/wire'], builtins: 'any' },
  'src/frontends/racnucd': { folders: ['src/core', 'src/ports', 'src/app', 'src/wire'], builtins: 'any' },
  'src/frontends/dbccp4i': { folders: ['src/core', 'src/ports', 'src/app', 'src/wire'], builtins: 'any' },

  'src/releases': { folders: ['src/core'], builtins: NO_SOCKETS },

  'client/src': {},
  'src/worker': { folders: ['src/core', 'src/ports', 'client/src'], builtins: 'any' },
  'src/recorder': {
    folders: ['src/core', 'src/daemon', 'src/worker', 'client/src'],
    builtins: 'any',
    packages: ['ignore'],
  },
  'src/cli': {
    folders: [
      'src/core',
      'src/releases',
      'client/src',
      'src/worker',
      'src/recorder',
      'src/tasks',
      'src/daemon',
      'examples',
    ],
    builtins: 'any',
    packages: ['commander'],
  },
  'src/daemon': { folders: 'any', builtins: 'any', packages: 'any' },
  'src/index.ts': { folders: 'any', builtins: 'any', packages: 'any' },
  examples: { folders: ['src/index.ts', 'client/src'], builtins: 'any' },
} as const satisfies Record<string, Folder>;

const PRODUCT = ['src/**', 'client/src/**'];
const ALL = [...PRODUCT, 'examples/**', 'tests/**', 'client/tests/**', 'scripts/**', 'bench/*.ts'];
/** Where the outside world is met: a composition root, or a program of its own. */
const ROOTS = ['src/daemon/**', 'src/worker/**', 'src/cli/**', 'src/recorder/**', 'client/src/**'];

const CLOCK = ['Date . now', 'new Date ( )', 'new Date ;'];
const CHANCE = ['Math . random', 'randomUUID (', 'randomBytes (', 'randomInt (', 'getRandomValues ('];

const BANS: readonly Ban[] = [
  {
    because: 'core is pure and synchronous: time, ids and chance are arguments',
    in: ['src/core/**'],
    finds: saying(
      ...CLOCK,
      ...CHANCE,
      ...['async', 'await', 'Promise', 'queueMicrotask', 'setTimeout', 'setInterval', 'setImmediate'],
      ...['process', 'globalThis', 'performance', 'crypto', 'fetch', 'console', 'WebSocket'],
    ),
  },
  {
    because: 'the clock is a port; only composition roots, SSE and a storage’s clock read it',
    in: PRODUCT,
    except: [...ROOTS, 'src/core/**', 'src/frontends/http/**', 'src/storage/*/clock.ts'],
    finds: saying(...CLOCK),
  },
  {
    because: 'chance and ids are ports',
    in: PRODUCT,
    except: [...ROOTS, 'src/core/**'],
    finds: saying(...CHANCE),
  },
  {
    because: 'the environment is read where a program starts, and handed down',
    in: PRODUCT,
    except: ['src/daemon/**', 'src/worker/**', 'src/cli/**', 'src/recorder/**', 'src/core/**'],
    finds: saying('process . env', 'process . argv', 'process . cwd', 'process . exit'),
  },
  { because: 'the other tests would not run', in: ALL, finds: saying('. only (', 'only : true') },
  { because: 'fix it, or open an issue', in: ALL, finds: commenting(/FIXME|XXX/) },
  { because: 'Node strips types and cannot make one; use a union', in: ALL, finds: declaringEnum },
  { because: 'who learns that this failed?', in: ALL, finds: catchingNothing },
  {
    because: 'who learns that this failed?',
    in: PRODUCT,
    finds: saying('. catch ( ( ) = > { } )'),
  },
];

const HOUSE: House = {
  roots: ['src', 'client/src', 'examples'],
  folders: FOLDERS,
  names: {
    'labkeep/package.json': 'package.json',
    labkeep: 'src/index.ts',
    '@labkeep/client': 'client/src/index.ts',
    '#examples': 'examples',
  },
  dependencies: Object.keys(packageJson.dependencies),
  loaders: ['src/worker/connection.ts'],
  bans: BANS,
};

function isLocal(builtin: string): boolean {
  return !SOCKETS.includes(builtin) && !PROCESSES.includes(builtin);
}

function breachesOf(path: string, text: string): string {
  return breaches(HOUSE, [{ path, text }]).join('\n');
}

test('every source keeps the rules of the house', () => {
  const repository = join(import.meta.dirname, '..');
  const paths = ALL.flatMap((glob) => globSync(glob, { cwd: repository }));
  const sources = paths.filter((path) => /\.[cm]?tsx?$/.test(path));
  for (const root of HOUSE.roots) {
    assert.ok(
      sources.some((path) => path.startsWith(`${root}/`)),
      `no source found under ${root}: this test would prove nothing`,
    );
  }
  const found = breaches(
    HOUSE,
    sources.map((path) => ({ path, text: readFileSync(join(repository, path), 'utf8') })),
  );
  assert.equal(found.join('\n'), '');
});

test('the table names no folder that it does not describe', () => {
  const described = Object.keys(FOLDERS);
  const folders: readonly Folder[] = Object.values(FOLDERS);
  const named = folders.flatMap((folder) => (folder.folders === 'any' ? [] : (folder.folders ?? [])));
  assert.deepEqual(
    named.filter((folder) => !described.includes(folder)),
    [],
  );
});

const REFUSED_IMPORTS: readonly (readonly [path: string, text: string, breach: RegExp])[] = [
  ['src/core/jobs/a.ts', "import { b } from '../../ports/b.ts';", /:1: src\/core may not import src\/ports/],
  ['src/core/a.ts', "import type { B } from '../app/b.ts';", /may not import src\/app/],
  ['src/core/a.ts', "import {\n  b,\n} from '../app/b.ts';", /a\.ts:1: .*may not import src\/app/],
  ['src/core/a.ts', "import '../app/b.ts';", /may not import src\/app/],
  ['src/core/a.ts', "export * from '../app/b.ts';", /may not import src\/app/],
  ['src/core/a.ts', "export * as b from '../app/b.ts';", /may not import src\/app/],
  ['src/core/a.ts', "export { b } from '../app/b.ts';", /may not import src\/app/],
  ['src/core/a.ts', "export type { B } from '../app/b.ts';", /may not import src\/app/],
  ['src/core/a.ts', "type B = import('../app/b.ts').B;", /may not import src\/app/],
  ['src/core/a.ts', "import { sep } from 'node:path';", /src\/core may not import node:path/],
  ['src/core/a.ts', "import { sep } from 'path';", /src\/core may not import node:path/],
  ['src/core/a.ts', "import { Type } from 'typebox';", /src\/core may not import the package typebox/],
  ['src/ports/a.ts', "import { b } from '../app/b.ts';", /src\/ports may not import src\/app/],
  [
    'src/app/a.ts',
    "const b = () => import('../storage/sqlite/b.ts');",
    /src\/app may not import src\/storage/,
  ],
  ['src/app/a.ts', "import { readFile } from 'node:fs/promises';", /may not import node:fs\/promises/],
  ['src/storage/sqlite/a.ts', "import { b } from '../memory/b.ts';", /may not import src\/storage\/memory/],
  ['src/storage/shared/a.ts', "import { b } from '../sqlite/b.ts';", /may not import src\/storage\/sqlite/],
  [
    'src/frontends/http/a.ts',
    "import { b } from '../../storage/sqlite/b.ts';",
    /may not import src\/storage/,
  ],
  [
    'src/frontends/http/a.ts',
    "import { b } from '../racnucd/b.ts';",
    /may not import src\/frontends\/racnucd/,
  ],
  ['src/wire/lines/a.ts', "import { Socket } from 'node:net';", /src\/wire may not import node:net/],
  ['src/wire/lines/a.ts', "import { createServer } from 'node:https';", /may not import node:https/],
  ['src/worker/a.ts', "import { b } from '../app/b.ts';", /src\/worker may not import src\/app/],
  ['src/cli/a.ts', "import { b } from '../storage/memory/b.ts';", /src\/cli may not import src\/storage/],
  ['client/src/a.ts', "import { b } from 'node:events';", /client\/src may not import node:events/],
  ['client/src/a.ts', "import { Pool } from 'pg';", /client\/src may not import the package pg/],
  ['client/src/a.ts', "import { b } from '../../src/core/b.ts';", /goes to src\/core\/b\.ts by path/],
  ['src/cli/a.ts', "import { b } from '../../client/src/b.ts';", /goes to client\/src\/b\.ts by path/],
  ['examples/a.ts', "import { b } from '../src/core/b.ts';", /goes to src\/core\/b\.ts by path/],
  ['src/app/a.ts', "import { Client } from '@labkeep/client';", /src\/app may not import client\/src/],
  ['src/daemon/a.ts', "import fc from 'fast-check';", /fast-check, which is not among the dependencies/],
  ['src/gadgets/a.ts', 'export const a = 1;', /its folder is not in the table/],
  ['src/daemon/a.ts', "import { b } from '../gadgets/b.ts';", /whose folder is not in the table/],
  ['src/app/a.ts', `import(\`#examples/\${name}\`);`, /src\/app may not import examples/],
  ['src/daemon/a.ts', `import(\`\${name}\`);`, /imports what no reader can know/],
  ['src/daemon/a.ts', 'const b = await import(name);', /imports what no reader can know/],
  ['src/daemon/a.ts', "const fs = process.getBuiltinModule('fs');", /imports what no reader can know/],
  [
    'src/storage/sqlite/a.ts',
    "new Worker(new URL('../../app/b', import.meta.url));",
    /may not import src\/app/,
  ],
  ['src/storage/sqlite/a.ts', "new Worker(new URL('./b.ts', import.meta.url));", /is \.js when published/],
  ['src/app/a.ts', "import.meta.resolve('#examples/jobs');", /src\/app may not import examples/],
  ['src/core/a.ts', 'const a = "never closed', /cannot be read: .*line 1: a string that does not end/],
];

test('an import that the table does not allow is found', () => {
  for (const [path, text, breach] of REFUSED_IMPORTS) assert.match(breachesOf(path, text), breach, text);
});

const REFUSED_WORDS: readonly (readonly [path: string, text: string, breach: RegExp])[] = [
  ['src/core/a.ts', 'export const a = () => Date.now();', /:1: `Date`: core is pure/],
  ['src/core/a.ts', 'export const a = new Date();', /core is pure/],
  ['src/core/a.ts', 'export const a = Math.random();', /core is pure/],
  ['src/core/a.ts', 'export const a = performance.now();', /core is pure/],
  ['src/core/a.ts', 'export const a = { ...process.env };', /core is pure/],
  ['src/core/a.ts', `export const a = \`\${process.pid}\`;`, /core is pure/],
  ['src/core/a.ts', 'setTimeout(act, 1);', /core is pure/],
  ['src/core/a.ts', 'export async function a() {}', /core is pure/],
  ['src/core/a.ts', 'export type A = Promise<void>;', /core is pure/],
  ['src/app/a.ts', 'const at = Date.now();', /the clock is a port/],
  ['src/wire/lines/a.ts', 'const at = new Date();', /the clock is a port/],
  ['src/storage/sqlite/a.ts', 'const at = Date.now();', /the clock is a port/],
  ['src/app/a.ts', 'const id = crypto.randomUUID();', /chance and ids are ports/],
  ['src/app/a.ts', 'const home = process.env.HOME;', /the environment is read where a program starts/],
  ['tests/a.test.ts', "test.only('a', () => {});", /the other tests would not run/],
  ['tests/a.test.ts', "test('a', { only: true }, () => {});", /the other tests would not run/],
  ['src/app/a.ts', '// FIXME later', /fix it/],
  ['src/app/a.ts', 'enum State { on, off }', /Node strips types/],
  ['scripts/a.ts', 'try { a(); } catch {}', /who learns that this failed/],
  ['scripts/a.ts', 'try { a(); } catch (error) { /* never mind */ }', /who learns that this failed/],
  ['src/app/a.ts', 'void b().catch(() => {});', /who learns that this failed/],
];

test('words that the house bans are found', () => {
  for (const [path, text, breach] of REFUSED_WORDS) assert.match(breachesOf(path, text), breach, text);
});

const ALLOWED: readonly (readonly [path: string, text: string])[] = [
  ['src/core/a.ts', "import { b } from './b.ts';\nimport { c } from '../core/jobs/c.ts';"],
  ['src/core/a.ts', "// Date.now() and await import('node:fs') are not for core\nconst a = 'Date.now()';"],
  ['src/core/a.ts', `const a = /import('node:fs')|["\`]/.test(b); const c = \`Promise \${b} // process\`;`],
  ['src/core/a.ts', 'const at = new Date(now); const half = (a + b) / 2; const third = a[0] / 3;'],
  ['src/core/a.ts', 'const a = { process: 1, from: 2 }; const b = a.process;'],
  ['src/core/a.ts', `const a = \`\${b.map((c) => \`\${{ c }}\`)} import 'x'\`; const d = \`}\`;`],
  ['src/app/a.ts', "import type { Storage } from '../ports/storage.ts';"],
  [
    'src/storage/sqlite/a.ts',
    "import { DatabaseSync } from 'node:sqlite';\nimport { b } from '../shared/b.ts';",
  ],
  ['src/storage/sqlite/a.ts', "readFileSync(new URL('./statements/a.sql', import.meta.url));"],
  [
    'src/storage/sqlite/a.ts',
    `new Worker(new URL(\`./reader\${extname(import.meta.filename)}\`, import.meta.url));`,
  ],
  ['src/storage/sqlite/clock.ts', 'export const now = () => Date.now();'],
  ['src/wire/lines/a.ts', "import { StringDecoder } from 'node:string_decoder';"],
  ['src/cli/a.ts', "import { Client } from '@labkeep/client';\nimport { up } from '../daemon/up.ts';"],
  ['src/cli/a.ts', "const example = import.meta.resolve('#examples/jobs');"],
  ['src/cli/a.ts', `const example = import.meta.resolve(\`#examples/\${name}\`);`],
  ['src/daemon/a.ts', "new URL('../../package.json', import.meta.url);"],
  ['src/index.ts', "export { open } from './daemon/open.ts';"],
  ['examples/a.ts', "import { open } from 'labkeep';"],
  ['src/frontends/http/a.ts', "const schema = { type: 'string', enum: ['on', 'off'] };"],
  ['tests/a.test.ts', "import { b } from '../src/core/b.ts';\nconst at = Date.now();"],
];

test('what the table allows is not reported', () => {
  for (const [path, text] of ALLOWED) assert.equal(breachesOf(path, text), '', text);
});
