import { statfsSync } from 'node:fs';

/**
 * File systems that other machines may write to, by the magic numbers of statfs(2) and of coreutils’ stat.c. What
 * lies behind FUSE (sshfs, GlusterFS, object stores) or comes from a host of virtual machines is not to be told from
 * here, so it counts as one.
 */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x0bd00bd0, 'Lustre'],
  [0x00c36400, 'Ceph'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x20030528, 'OrangeFS'],
  [0xaad7aaea, 'PanFS'],
  [0x013111a8, 'IBRIX'],
  [0xbeefdead, 'StorNext'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x786f4256, 'VirtualBox'],
  [0xbacbacbc, 'VMware'],
  [0x7c7c6673, 'Parallels'],
]);

/** The name of the network file system on which a path lies, or null. Elsewhere than on Linux nobody tells. */
export function networkFileSystem(path: string): string | null {
  if (process.platform !== 'linux') return null;
  return networkTypes.get(statfsSync(path).type) ?? null;
}
