import type { Project as StoredProject } from '../../../ports/storage.ts';
import type { Project } from '../schemas/projects.ts';
import { timeText } from './times.ts';

export function presentProject(project: StoredProject): Project {
  const { name, title, directory, owner, metadata, createdAt, revision } = project;
  return { name, title, directory, owner, metadata, createdAt: timeText(createdAt), revision };
}
