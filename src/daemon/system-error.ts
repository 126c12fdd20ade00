/** What the system said, in words for people. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'it is not permitted',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it is a file',
  EISDIR: 'it is a folder',
  EROFS: 'the file system is read-only',
  EIO: 'the disk or its connection fails',
  EINVAL: 'its file system does not do that',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'its name is too long',
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'the host is out of reach',
  ENETUNREACH: 'the network is out of reach',
  ETIMEDOUT: 'no answer in time',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
};

export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

export function systemWords(error: unknown): string {
  const code = systemCode(error);
  const text = code === null ? undefined : words[code];
  if (text !== undefined) return `${text} (${code})`;
  return error instanceof Error ? error.message : String(error);
}
