import { describe, expect, it } from 'vitest';

import { presets } from '../../src/transcoder/presets.js';
import { millrace } from './millrace-process.js';

const rendition = ['--rendition', '640x360:800k=/tmp/never.ts'];

describe('millrace', () => {
  it('says what it can do, to stderr and with exit code 2, when it is told nothing', async () => {
    const { code, stdout, stderr } = await millrace([]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/transcode .*\n.*node .*\n.*verify .*\n.*attest .*\n.*devices .*\n.*demo .*\n.*bench /);
  });

  it.each([['--help'], ['-h'], ['help']])('prints an overview for %s', async (flag) => {
    const { code, stdout, stderr } = await millrace([flag]);
    expect(code).toBe(0);
    expect(stdout).toContain('millrace COMMAND');
    expect(stderr).toBe('');
  });

  it('prints the version of the package', async () => {
    const { code, stdout } = await millrace(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each(['transcode', 'verify', 'attest', 'devices', 'demo', 'bench'])('explains %s', async (command) => {
    const { code, stdout } = await millrace([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^millrace ${command}`));
    expect(await millrace(['help', command])).toMatchObject({ code: 0, stdout });
  });

  it('names every preset, in the help and where an unknown one was asked for', async () => {
    const { stdout } = await millrace(['transcode', '--help']);
    const { stderr } = await millrace(['transcode', 'a.ts', '-r', 'HD=/tmp/never.ts']);
    for (const preset of Object.keys(presets)) {
      expect(stdout).toContain(preset);
      expect(stderr).toContain(preset);
    }
  });

  it('suggests the command that was meant', async () => {
    const { code, stderr } = await millrace(['trancode']);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no command “trancode”. Did you mean “millrace transcode”?');
  });

  it('suggests nothing for what resembles no command', async () => {
    const { code, stderr } = await millrace(['constructor']);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no command “constructor”.\n');
  });

  it('suggests the option that was meant', async () => {
    const { code, stderr } = await millrace(['transcode', 'a.ts', '--rendtion', 'x']);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no option --rendtion. Did you mean --rendition?');
    expect(stderr).toContain('millrace transcode --help');
  });
});

describe('usage errors', () => {
  it.each([
    ['no input', ['transcode', ...rendition], 'No INPUT was given'],
    ['two inputs', ['transcode', 'a.ts', 'b.ts', ...rendition], 'There is one INPUT'],
    ['no rendition', ['transcode', 'a.ts'], 'No rendition was asked for'],
    ['an unknown tune', ['transcode', 'a.ts', ...rendition, '--tune', 'fast'], '--tune takes latency or quality'],
    ['a gop that is no number', ['transcode', 'a.ts', ...rendition, '--gop', 'long'], '--gop takes a number'],
    [
      'an unknown accelerator',
      ['transcode', 'a.ts', ...rendition, '--accel', 'amd'],
      '--accel takes auto, none or nvidia',
    ],
    ['a header without a name', ['transcode', 'a.ts', ...rendition, '--header', 'secret'], 'A header is written'],
    ['an option without its value', ['transcode', 'a.ts', '--rendition'], 'millrace: --rendition needs a value.\n'],
    ['a short option without its value', ['transcode', 'a.ts', '-r'], 'millrace: --rendition needs a value.\n'],
    [
      'an option whose value is another option',
      ['transcode', 'a.ts', '--gop', '--json'],
      'millrace: --gop needs a value; one that begins with a dash is written --gop=VALUE.\n',
    ],
    ['a value for a switch', ['transcode', 'a.ts', '--json=yes'], 'millrace: --json takes no value.\n'],
    ['no duration', ['transcode', 'a.ts', ...rendition, '--duration', '0'], '--duration takes a number from 0.001'],
    ['standard output of unknown format', ['transcode', 'a.ts', '-r', '0x360:1M=-'], 'add --output-format'],
    [
      'standard output twice',
      ['transcode', 'a.ts', '-r', '0x360:1M=-', '-r', '0x240:1M=-', '--output-format', 'mpegts'],
      'Only one rendition can go to the standard output',
    ],
    [
      'JSON and a rendition on standard output',
      ['transcode', 'a.ts', '-r', '0x360:1M=-', '--output-format', 'mpegts', '--json'],
      '--json writes to the standard output',
    ],
    [
      'a bitrate that the library refuses',
      ['transcode', 'a.ts', '-r', '640x360:1=/tmp/never.ts'],
      'The bitrate of --rendition',
    ],
    ['an argument of devices', ['devices', 'all'], 'millrace devices takes no “all”'],
    ['encoders to be opened without a self-test', ['devices', '--sessions', '2'], '--sessions is for the --self-test.'],
    [
      'more encoders than a self-test opens',
      ['devices', '--self-test', '--sessions', '65'],
      '--sessions takes a number from 0 to 64',
    ],
    ['an argument of demo', ['demo', 'a.ts'], 'a source goes with --source'],
    ['a port that is none', ['demo', '--rtmp-port', '65536'], '--rtmp-port takes a number from 0 to 65535'],
    ['an unknown part of the benchmark', ['bench', '--only', 'latency,speed'], '--only takes latency'],
    ['no rounds', ['bench', '--rounds', '0'], '--rounds takes a number from 1'],
    ['a report that cannot be written', ['bench', '--report', '/nonexistent/report.html'], '--report cannot write'],
  ])('%s: exit code 2 and a sentence', async (_, args, sentence) => {
    const { code, stdout, stderr } = await millrace(args);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('do not show what may be a stream key', async () => {
    for (const mistake of [
      ['transcode', 'a.ts', '-r', 'rtmp://host/live/secretkey'],
      ['transcode', 'a.ts', '-r', 'rtmp://host/live/secretkey?a=b'],
      ['transcode', 'a.ts', 'rtmp://user:secretkey@host/live/secretkey', ...rendition],
    ]) {
      const { code, stderr } = await millrace(mistake);
      expect(code).toBe(2);
      expect(stderr).not.toContain('secretkey');
    }
  });
});
