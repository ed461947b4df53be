import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

import { ServerProcess } from './server-process.js';

/**
 * A double of an RTSP server, for want of a real one among Debian's packages. Only the few lines of its control
 * protocol are made up here: the description and every RTP packet are ffmpeg's, interleaved into the connection.
 */
export class RtspDouble implements AsyncDisposable {
  /** What was asked of it: `DESCRIBE rtsp://…`. */
  readonly requests: string[] = [];
  /** How often somebody connected. */
  connections = 0;
  /** Where it sends whoever asks for the description, instead of giving it. */
  redirect: string | undefined;
  readonly #file: string;
  readonly #server: Server;
  /** RTP arrives here from ffmpeg, one socket per track. */
  readonly #tracks: UdpSocket[];
  readonly #connections = new Set<Socket>();
  #player: ServerProcess | undefined;

  private constructor(file: string, tracks: UdpSocket[]) {
    this.#file = file;
    this.#tracks = tracks;
    this.#server = createServer((connection) => {
      this.connections += 1;
      this.#connections.add(connection);
      connection.on('error', () => undefined);
      connection.on('data', (data) => {
        const text = data.toString('latin1');
        // An interleaved receiver report is no request.
        if (!text.startsWith('$')) this.#answer(connection, text);
      });
    });
  }

  /** Plays the file, at its own pace, to whoever asks, once. */
  static async start(file: string): Promise<RtspDouble> {
    const tracks: UdpSocket[] = [];
    for (const _ of ['video', 'audio']) {
      const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      tracks.push(socket);
    }
    const double = new RtspDouble(file, tracks);
    double.#server.listen(0, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(host = '127.0.0.1'): string {
    return `rtsp://${host}:${this.port}/live`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#player?.[Symbol.asyncDispose]();
    for (const connection of this.#connections) connection.destroy();
    for (const track of this.#tracks) track.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #answer(connection: Socket, request: string): void {
    const method = /^\w+/.exec(request)?.[0] ?? '';
    this.requests.push(/^\w+ \S+/.exec(request)?.[0] ?? '');
    const reply = (...lines: string[]) => {
      const sequence = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? '0';
      connection.write(['RTSP/1.0 200 OK', `CSeq: ${sequence}`, 'Session: 1', ...lines].join('\r\n'));
    };
    switch (method) {
      case 'OPTIONS':
        reply('Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN', '', '');
        break;
      case 'DESCRIBE': {
        if (this.redirect !== undefined) {
          const sequence = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? '0';
          const lines = ['RTSP/1.0 302 Moved', `CSeq: ${sequence}`, `Location: ${this.redirect}`, '', ''];
          connection.write(lines.join('\r\n'));
          break;
        }
        const description = this.#describe();
        reply('Content-Type: application/sdp', `Content-Length: ${description.length}`, '', description);
        break;
      }
      case 'SETUP': {
        const track = Number(/track(\d)/.exec(request)?.[1] ?? 0);
        reply(`Transport: RTP/AVP/TCP;unicast;interleaved=${2 * track}-${2 * track + 1}`, '', '');
        break;
      }
      case 'PLAY':
        reply('', '');
        this.#play(connection);
        break;
      default:
        reply('', '');
    }
  }

  #describe(): string {
    const sdp = execFileSync('ffmpeg', [...this.#arguments(), '-t', '0.05', ...this.#outputs(9, 9)], { stdio: 'pipe' });
    let track = 0;
    return sdp
      .toString()
      .replace(/^SDP:\s*/, '')
      .replace(/^m=(\w+) \d+ .*$/gm, (line) => `${line}\r\na=control:track${track++}`)
      .replace(/\r?\n/g, '\r\n');
  }

  #play(connection: Socket): void {
    this.#tracks.forEach((track, index) => {
      track.on('message', (packet) => {
        const head = Buffer.from([0x24, 2 * index, packet.length >> 8, packet.length & 0xff]);
        connection.write(Buffer.concat([head, packet]));
      });
    });
    const [video = 0, audio = 0] = this.#tracks.map((track) => track.address().port);
    const player = new ServerProcess('ffmpeg', ['-re', ...this.#arguments(), ...this.#outputs(video, audio)]);
    player.stdout.resume();
    this.#player = player;
    void player.ended().then(() => connection.end());
  }

  #arguments(): string[] {
    return ['-nostdin', '-v', 'error', '-i', this.#file];
  }

  #outputs(video: number, audio: number): string[] {
    return [
      ...['-map', '0:v', '-c', 'copy', '-f', 'rtp', `rtp://127.0.0.1:${video}?rtcpport=9`],
      ...['-map', '0:a', '-c', 'copy', '-f', 'rtp', `rtp://127.0.0.1:${audio}?rtcpport=9`],
    ];
  }
}
