// A worker without an engine: speaks as the real one does, and does with a job what its source's URL says.
/** @type {NodeJS.Timeout | undefined} */
let ending;

process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => undefined);
process.on('message', (request) => {
  if (request.type === 'run') run(request.job.input.url);
  if (request.type === 'stop') end({});
  if (request.type === 'cancel' && ending !== null)
    end({ error: { code: 'CANCELLED', stage: 'job', message: 'The attempt was cancelled.' } });
});
setInterval(() => process.send({ type: 'beat' }), 50);
process.send({ type: 'ready' });

function run(url) {
  switch (url) {
    case 'script:finish':
      process.send({ type: 'event', event: { type: 'warning', code: 'PID', message: String(process.pid) } });
      end({});
      break;
    case 'script:fail':
      end({
        error: { code: 'NOT_FOUND', stage: 'source', message: 'It is not there.', url: 'http://source.example/…' },
      });
      break;
    case 'script:crash':
      process.abort();
      break;
    case 'script:exit':
      process.exit(7);
      break;
    case 'script:freeze':
      process.kill(process.pid, 'SIGSTOP');
      break;
    case 'script:deaf': // goes on whatever it is told
      ending = null;
      break;
    case 'script:hang': // the double of a job whose threads are in a call that never returns: beats, and never ends
      ending = null;
      process.send({ type: 'event', event: { type: 'warning', code: 'PID', message: String(process.pid) } });
      break;
    case 'script:run':
      process.send({ type: 'event', event: { type: 'warning', code: 'RUNNING', message: '' } });
  }
}

function end(result) {
  process.send({ type: 'ended', ...result });
}
