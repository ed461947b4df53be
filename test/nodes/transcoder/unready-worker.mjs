// A worker that hangs while it warms up: it goes on saying that it is there, and is never ready.
process.on('disconnect', () => process.exit(0));
setInterval(() => process.send({ type: 'beat' }), 50);
