import type { Methods as DescribedMethods } from '../../../app/describe-methods.ts';
import type {
  Maker,
  Origin,
  Graph as StoredGraph,
  Sighting as StoredSighting,
  StaleJob as StoredStaleJob,
} from '../../../ports/records/provenance.ts';
import type { Graph, Methods, Sighting, StaleJob, Whence } from '../schemas/provenance.ts';
import { mutable } from './jobs.ts';
import { timeText, timeTextOrNull } from './times.ts';

export function presentSighting({ at, ...it }: StoredSighting): Sighting {
  return { ...it, at: timeText(at) };
}

export function presentGraph({ nodes, edges, complete }: StoredGraph): Graph {
  return {
    nodes: nodes.map(({ command, startedAt, finishedAt, ...node }) => ({
      ...node,
      command: mutable(command),
      startedAt: timeTextOrNull(startedAt),
      finishedAt: timeTextOrNull(finishedAt),
    })),
    edges: [...edges],
    complete,
  };
}

export function presentOrigin({ path, madeBy, sameContent, inputs, steps, complete }: Origin): Whence {
  return {
    path,
    madeBy: madeBy === null ? null : presentMaker(madeBy),
    sameContent: sameContent.map(presentMaker),
    inputs: [...inputs],
    steps: steps.map(({ finishedAt, inputs: read, ...step }) => ({
      ...step,
      finishedAt: timeText(finishedAt),
      inputs: [...read],
    })),
    complete,
  };
}

function presentMaker({ finishedAt, ...maker }: Maker) {
  return { ...maker, finishedAt: timeText(finishedAt) };
}

export function presentStale({ ref, because }: StoredStaleJob): StaleJob {
  return { ref, because: [...because] };
}

export function presentMethods({ text, steps, complete }: DescribedMethods): Methods {
  return {
    text,
    steps: steps.map(({ asked: _, command, databases, ...step }) => ({
      ...step,
      command: mutable(command),
      databases: [...databases],
    })),
    complete,
  };
}
