/**
 * How output lies in a file: frame after frame, each a stream (1 byte), a length (4 bytes, little endian) and that
 * many bytes. The number of a frame in its file is the `seq` under which the server knows it, so a worker that was
 * restarted sends the same bytes under the same number.
 */
export type Stream = 'stdout' | 'stderr' | 'note';

export interface Frame {
  readonly stream: Stream;
  readonly data: Buffer;
}

const streams: readonly Stream[] = ['stdout', 'stderr', 'note'];
const headerBytes = 5;

/** The most that one frame carries, which is the most that one chunk of the contract should. */
export const frameBytesMax = 64 * 1024;

export function encodeFrame(stream: Stream, data: Buffer): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt8(streams.indexOf(stream), 0);
  header.writeUInt32LE(data.length, 1);
  return Buffer.concat([header, data]);
}

/**
 * The whole frames at the start of `bytes`, and how many bytes they take. What is torn at the end waits for more.
 * Nothing after a frame that cannot be ours is believed: `damaged`.
 */
export function decodeFrames(bytes: Buffer): {
  readonly frames: readonly Frame[];
  readonly used: number;
  readonly damaged: boolean;
} {
  const frames: Frame[] = [];
  let used = 0;
  while (bytes.length - used >= headerBytes) {
    const stream = streams[bytes.readUInt8(used)];
    const length = bytes.readUInt32LE(used + 1);
    if (stream === undefined || length > frameBytesMax) return { frames, used, damaged: true };
    const end = used + headerBytes + length;
    if (end > bytes.length) break;
    frames.push({ stream, data: bytes.subarray(used + headerBytes, end) });
    used = end;
  }
  return { frames, used, damaged: false };
}
