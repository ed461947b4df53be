// What trust costs: `npm run build:ts && node test/trust/measure-cost.mjs`. Times are CPU time of this process.
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { cutWindows } from '../../dist/trust/essence/cut-windows.js';
import { findWindows } from '../../dist/trust/essence/find-windows.js';
import { windowRoot } from '../../dist/trust/essence/window-root.js';
import { Signer } from '../../dist/trust/keys/signer.js';
import { ticketFor } from '../../dist/trust/orders/ordered-job.js';
import { TicketAcceptance } from '../../dist/trust/orders/ticket-acceptance.js';
import { ticketMessage } from '../../dist/trust/orders/ticket.js';
import { ReceiptBuilder } from '../../dist/trust/receipts/receipt-builder.js';
import { ReceiptChecker } from '../../dist/trust/receipts/receipt-checker.js';
import { WindowChecker } from '../../dist/trust/receipts/window-checker.js';

const domain = { chainId: 1 };
const broadcaster = new Signer(`0x${'b0'.repeat(32)}`);
const orchestrator = new Signer(`0x${'01'.repeat(32)}`);
const salt = `0x${'a5'.repeat(32)}`;
const rungs = [
  { name: '720p', width: 1280, height: 720 },
  { name: '480p', width: 854, height: 480 },
  { name: '360p', width: 640, height: 360 },
];
const names = rungs.map(({ name }) => name);
const windowCount = 1000;

const windows = Array.from({ length: windowCount }, (_, index) => ({
  source: windowOf(index, { width: 1920, height: 1080 }),
  renditions: rungs.map((rung) => windowOf(index, rung)),
}));

// The second round is the one that counts: the first warms up.
for (const round of [1, 2]) measureSigning(round);
await measureLoad();
measureFinding();

function measureSigning(round) {
  const jobs = Array.from({ length: 200 }, (_, index) => jobOf(`job-${round}-${index}`));
  const signed = [];
  const theirTerms = terms();
  const acceptance = new TicketAcceptance({ domain, orchestrator: orchestrator.address });
  measure(round, 'B signs a ticket', jobs.length, () => {
    for (const job of jobs) signed.push(ticketMessage.sign(domain, ticketFor(job, theirTerms, salt), broadcaster));
  });
  measure(round, 'O decides about a ticket', jobs.length, () => {
    for (const [index, { signature }] of signed.entries())
      require(acceptance.decide({ message: ticketFor(jobs[index], theirTerms, salt), signature }).accepted);
  });
  const { message: ticket, hash: ticketHash } = signed[0];
  const builder = builderFor(ticketHash);
  const receipts = [];
  const windowChecker = new WindowChecker(ticket);
  measure(round, 'O looks at the windows of a source and three renditions', windowCount, () => {
    for (const window of windows) look(windowChecker, window);
  });
  measure(round, 'O makes a receipt of a source and three renditions', windowCount, () => {
    for (const window of windows) receipts.push(...give(builder, window));
  });
  require(receipts.length === windowCount);
  const checker = new ReceiptChecker({ domain, ticket, ticketHash });
  measure(round, 'B checks a receipt', windowCount, () => {
    for (const { receipt } of receipts) require(checker.check(receipt).valid);
  });
}

/** 200 jobs with windows of two seconds are 100 receipts a second. */
async function measureLoad() {
  const { message: ticket } = ticketMessage.sign(domain, ticketFor(jobOf('job'), terms(), salt), broadcaster);
  const orchestrated = Array.from({ length: 200 }, (_, index) => ({
    checker: new WindowChecker(ticket),
    builder: builderFor(`0x${hash(`ticket ${index}`)}`),
  }));
  const start = performance.now();
  const before = process.cpuUsage();
  for (let count = 0; count < 1000; count++) {
    const { checker, builder } = orchestrated[count % 200];
    const window = windows[Math.floor(count / 200)];
    look(checker, window);
    give(builder, window);
    const aheadMs = start + count * 10 - performance.now();
    if (aheadMs > 0) await setTimeout(aheadMs);
  }
  const share = cpuMs(before) / (performance.now() - start);
  console.log(`O with 200 jobs, 100 receipts a second: ${(share * 100).toFixed(1)} % of a core`);
}

function measureFinding() {
  const copy = hourOf('an hour');
  let cut = [];
  measure(2, 'cutting an hour into windows', 1, () => (cut = cutWindows(copy, 2000)));
  const sought = cut.map((window, index) => ({
    ...window,
    startTimestampUs: index * 2_000_000,
    endTimestampUs: (index + 1) * 2_000_000,
    follows: index > 0,
  }));
  const late = copy.tracks.map((track) => ({
    ...track,
    units: track.units.filter(({ timestampUs }) => timestampUs > 1_801_000_000),
  }));
  const find = (name, media, holding) =>
    measure(2, `finding an hour ${name}`, 1, () => {
      const findings = findWindows(media, sought);
      require(findings.filter(({ verdict }) => verdict === 'holds').length === holding);
    });
  find('in a whole copy', copy, 1800);
  find('in a copy that was joined half-way', { tracks: late }, 899);
  find('in other media', hourOf('another hour'), 0);
}

function measure(round, name, count, work) {
  const before = process.cpuUsage();
  work();
  if (round === 2) console.log(`${name}: ${(cpuMs(before) / count).toFixed(3)} ms`);
}

function cpuMs(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function require(condition) {
  if (!condition) throw new Error('What was measured did not work.');
}

function builderFor(ticket) {
  return new ReceiptBuilder({ domain, signer: orchestrator, ticket, renditions: names });
}

function give(builder, { source, renditions }) {
  return [
    builder.addSource(source),
    ...renditions.map((window, index) => builder.addRendition(names[index], window)),
  ].flat();
}

function look(checker, { source, renditions }) {
  require(checker.checkSource(source) === undefined);
  for (const [index, window] of renditions.entries())
    require(checker.checkRendition(names[index], window) === undefined);
}

function terms() {
  const now = Math.floor(Date.now() / 1000);
  const parties = { broadcaster: broadcaster.address, orchestrator: orchestrator.address };
  return { ...parties, price: { wei: 1, pixels: 1 }, notBefore: now - 1, notAfter: now + 60, windowMs: 2000 };
}

function jobOf(jobId) {
  const renditions = rungs.map(({ name, width, height }) => ({
    name,
    publishUrl: `rtmp://media.example/out/${name}`,
    profile: {
      width,
      height,
      bitrateBps: 1_000_000,
      fpsNumerator: 30,
      fpsDenominator: 1,
      codec: 'h264',
      encoderProfile: '',
      gopMs: 2000,
    },
  }));
  return { jobId, attempt: 1, sourceUrl: 'rtmp://media.example/live/a', renditions };
}

function windowOf(index, { width, height }) {
  const tracks = [trackOf('video', 'h264', 60, `${width} ${index}`), trackOf('audio', 'aac', 94, `${width} ${index}`)];
  return {
    index,
    root: windowRoot(tracks),
    chain: hash(`chain ${index}`),
    tracks,
    frames: 60,
    pixels: 60 * width * height,
    width,
    height,
    startTimestampUs: index * 2_000_000,
    endTimestampUs: (index + 1) * 2_000_000,
    last: index === windowCount - 1,
  };
}

function trackOf(kind, codec, units, name) {
  return { kind, codec, units, parameters: hash(`${kind} sets`), merkleRoot: hash(`${kind} ${name}`) };
}

function hourOf(name) {
  const track = (kind, codec, units, stepUs) => ({
    kind,
    codec,
    parameterSets: [hash(`${kind} sets`)],
    units: Array.from({ length: units }, (_, index) => ({
      hash: hash(`${name} ${kind} ${index}`),
      key: kind === 'audio' || index % 60 === 0,
      timestampUs: Math.round(index * stepUs),
      parameterSets: [0],
    })),
  });
  return { tracks: [track('video', 'h264', 108_000, 1e6 / 30), track('audio', 'aac', 168_750, 1.024e9 / 48_000)] };
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}
