/** `labkeep graph`: which jobs read what others made. */
import type { Graph, GraphEdge, GraphNode, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { graphBounds } from '../../core/files/graph.ts';
import { isJobNumber } from '../../core/jobs/reference.ts';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions, withServer } from '../connect.ts';
import { nameHere, pathHere } from '../here.ts';
import { integerFrom } from '../numbers.ts';
import { type ProjectOption, projectOrRefusal, readRefs, withProject } from '../projects-here.ts';
import { dotOf } from './dot.ts';
import { svgOf } from './svg.ts';
import { printGraph } from './text.ts';

const formats = ['text', 'json', 'dot', 'svg'] as const;
type Format = (typeof formats)[number];

interface Options extends ServerOptions, ProjectOption {
  readonly of?: string;
  readonly ancestors?: true;
  readonly descendants?: true;
  readonly depth: number;
  readonly limit: number;
  readonly format: Format;
}

/** Without --of: so many of the newest jobs, with all that they are tied to. */
const newestJobs = 100;

export function define(command: Command, cli: Cli): void {
  withServer(withProject(command))
    .option('--of <job|file>', 'a job, such as toxd/12 or 12, or a file; one named like a job as ./12')
    .option('--ancestors', 'only what it came from')
    .option('--descendants', 'only what came of it')
    .option(
      '--depth <number>',
      'at most so many steps away',
      integerFrom(1, graphBounds.depthMax),
      graphBounds.depthMax,
    )
    .option(
      '-n, --limit <number>',
      'at most so many jobs',
      integerFrom(1, graphBounds.nodesMax),
      graphBounds.nodes,
    )
    .addOption(
      command.createOption('--format <format>', 'how it is written').choices(formats).default('text'),
    )
    .action(async (options: Options) => {
      const { client } = connect(cli, options);
      const graph = await readGraph(cli, client, options);
      const name = (path: string): string => nameHere(cli.folder, path);
      switch (options.json ? 'json' : options.format) {
        case 'json':
          return cli.terminal.json(graph);
        case 'dot':
          return cli.terminal.out(dotOf(graph, name));
        case 'svg':
          return cli.terminal.out(svgOf(graph, name, options.of !== undefined));
        case 'text':
          printGraph(cli.terminal, graph, name);
      }
      if (graph.nodes.length === 0) cli.terminal.say('labkeep: no job on record made or read it');
      if (!graph.complete)
        cli.terminal.say('labkeep: more is tied to these; --depth and --limit say how much is shown');
    });
}

async function readGraph(cli: Cli, client: LabkeepClient, options: Options): Promise<Graph> {
  const { of, depth, limit, ancestors, descendants } = options;
  if (of === undefined) return wholeGraph(client, await projectOrRefusal(cli, client, options), options);
  const direction = ancestors === descendants ? 'both' : ancestors ? 'ancestors' : 'descendants';
  return client.provenance.graph(await meant(cli, client, of, options), { depth, limit, direction });
}

/** A job, where it reads like one. */
async function meant(cli: Cli, client: LabkeepClient, of: string, options: Options): Promise<string> {
  const slash = of.lastIndexOf('/');
  const isJob = isJobNumber(of.slice(slash + 1)) && /^[^./][^/]*$/.test(slash < 0 ? 'x' : of.slice(0, slash));
  if (!isJob) return pathHere(cli.folder, of);
  const [ref = ''] = await readRefs(cli, client, [of], options);
  return ref;
}

/** The newest jobs of a project that are tied to others, with all these. */
async function wholeGraph(client: LabkeepClient, project: string, options: Options): Promise<Graph> {
  const { depth, limit } = options;
  const newest = await client.jobs.list(project, { order: 'newest', limit: newestJobs });
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  let complete = newest.next === null;
  for (const { ref } of newest.items) {
    if (nodes.has(ref)) continue;
    if (nodes.size >= limit) {
      complete = false;
      break;
    }
    const part = await client.provenance.graph(ref, { depth, limit: limit - nodes.size });
    if (part.edges.length === 0) continue;
    complete &&= part.complete;
    for (const node of part.nodes) nodes.set(node.ref, node);
    for (const edge of part.edges) edges.set(JSON.stringify([edge.from, edge.to, edge.file]), edge);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], complete };
}
