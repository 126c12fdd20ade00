import { Agent, request } from 'node:http';
const { url, token } = JSON.parse(process.argv[2]!);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const { port } = new URL(url);
function call(method: string, path: string, body?: unknown, key?: string): Promise<any> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const r = request({ agent, host: '127.0.0.1', port, method, path, headers: { authorization: `Bearer ${token}`, ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}), ...(key ? {'idempotency-key': key} : {}) } }, (res) => {
      let s = ''; res.setEncoding('utf8'); res.on('data', (d) => (s += d)); res.on('end', () => { if (res.statusCode! >= 300) reject(new Error(s)); else resolve(s === '' ? null : JSON.parse(s)); });
    });
    r.on('error', reject); r.end(text);
  });
}
async function timed(name: string, n: number, per: number, conc: number, f: (i: number) => Promise<unknown>) {
  const t = performance.now(); let i = 0;
  await Promise.all(Array.from({ length: conc }, async () => { while (i < n) await f(i++); }));
  const s = (performance.now() - t) / 1000;
  console.log(name.padEnd(36), (n / s).toFixed(0).padStart(7), 'req/s', ((n * per) / s).toFixed(0).padStart(8), 'items/s');
}
await call('POST', '/v1/projects', { name: 'p' });
await timed('GET /v1/me', 10000, 1, 32, () => call('GET', '/v1/me'));
await timed('GET job list 100', 1, 100, 1, async () => {});
const job = { command: ['sort', 'in.txt', '-o', 'out.txt'], inputs: ['in.txt'], outputs: ['out.txt'], environment: { LC_ALL: 'C' }, title: 'Sort it' };
await timed('POST one job', 3000, 1, 32, () => call('POST', '/v1/projects/p/jobs', job));
await timed('POST one job with key', 3000, 1, 32, (i) => call('POST', '/v1/projects/p/jobs', job, `k${i}`));
await timed('POST 100 jobs', 300, 100, 8, () => call('POST', '/v1/projects/p/jobs', { jobs: Array(100).fill(job) }));
await timed('POST 100 jobs with key', 100, 100, 8, (i) => call('POST', '/v1/projects/p/jobs', { jobs: Array(100).fill(job) }, `m${i}`));
await timed('GET job list 100', 500, 100, 8, () => call('GET', '/v1/projects/p/jobs?limit=100'));
const workers = await Promise.all(Array.from({ length: 8 }, (_, i) => call('POST', '/v1/workers', { name: `w${i}` })));
let t0 = performance.now(); let done = 0; let claims = 0, confirms = 0, fins = 0;
await Promise.all(workers.map(async ({ worker }) => {
  for (;;) {
    let t = performance.now();
    const { offers } = await call('POST', '/v1/claims', { worker, capacity: 100, held: [] }); claims += performance.now() - t;
    if (offers.length === 0) return;
    const attempts = offers.map((o: any) => ({ attempt: o.attempt, epoch: o.epoch }));
    t = performance.now(); await call('POST', '/v1/attempts/confirm', { worker, attempts }); confirms += performance.now() - t;
    t = performance.now(); await call('POST', '/v1/attempts/finish', { attempts: attempts.map((a: any) => ({ ...a, outcome: 'succeeded', exitCode: 0 })) }); fins += performance.now() - t;
    done += offers.length;
  }
}));
console.log('claim+confirm+finish in 100s, 8 workers', (done / ((performance.now() - t0) / 1000)).toFixed(0), 'jobs/s', { claims: claims|0, confirms: confirms|0, fins: fins|0 });
agent.destroy();
