// A double of the process that verifies: does what the source's URL says.
process.on('message', (request) => {
  if (request.type === 'verify') {
    process.send({ type: 'verified', windows: [{ window: request.windows[0], outcome: 'verified', findings: [] }] });
    return;
  }
  const [, what] = request.source.url.split(':');
  if (what === 'crash') process.abort();
  if (what === 'hang') for (;;);
  process.send({
    type: 'recorded',
    ...(what === 'nothing' && { finding: { code: 'SOURCE_UNAVAILABLE', message: '404' } }),
  });
});
