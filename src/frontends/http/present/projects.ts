import type { ProjectDetails as StoredDetails, Project as StoredProject } from '../../../ports/storage.ts';
import type { Project, ProjectDetails } from '../schemas/projects.ts';
import { timeText } from './times.ts';

export function presentProject(project: StoredProject): Project {
  const { name, title, directory, owner, metadata, createdAt, revision } = project;
  return { name, title, directory, owner, metadata, createdAt: timeText(createdAt), revision };
}

export function presentProjectDetails(project: StoredDetails): ProjectDetails {
  return { ...presentProject(project), notes: project.notes };
}
