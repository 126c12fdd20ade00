import { after } from 'node:test';
import { openMemory } from '../../src/storage/memory/open.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { model } from './model.ts';

const seen: Record<string, number> = {};
const n = Number(process.env.N ?? 60);
const wrap = (storage: any) =>
  new Proxy(storage, {
    get(t: any, k: string) {
      const v = t[k];
      if (typeof v !== 'function') return v;
      return async (...a: any[]) => {
        try {
          const r = await v.apply(t, a);
          if (k === 'finishAttempts')
            for (const x of r) {
              const q = 'finish ' + x.applied + x.code;
              seen[q] = (seen[q] ?? 0) + 1;
            }
          if (k === 'confirmAttempts') {
            seen['confirmed'] = (seen['confirmed'] ?? 0) + r.start.length;
            for (const x of r.refused) {
              const q = 'refused ' + x.code;
              seen[q] = (seen[q] ?? 0) + 1;
            }
          }
          if (k === 'getJob') {
            const q = r.state + '/' + r.reason + (r.document.command === null && r.task === null ? ' C' : '');
            seen[q] = (seen[q] ?? 0) + 1;
          }
          return r;
        } catch (e: any) {
          const q = k + ' ' + e.code;
          seen[q] = (seen[q] ?? 0) + 1;
          throw e;
        }
      };
    },
  });
if (process.env.S === 'sqlite')
  model({
    name: 'sqlite',
    casesAtOnce: 1,
    histories: n,
    open: async (o) => ({ storage: wrap(await openSqlite({ file: ':memory:', ...o })) }),
  });
else
  model({
    name: 'memory',
    casesAtOnce: 1,
    histories: n,
    open: async (o) => ({ storage: wrap(openMemory(o)) }),
  });
after(() => console.log(seen));
