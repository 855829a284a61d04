// Jobs of BullMQ: node bullmq.mjs FOLDER_OF_PACKAGES PORT JOBS
//
// Prints seconds as JSON. The first line says that everything is warm; the jobs begin once stdin has a line, too.

import { once } from "node:events";
import { createRequire } from "node:module";

const [folder, port, jobs] = process.argv.slice(2);
const { Queue, Worker } = createRequire(`${folder}/`)("bullmq");
const connection = { host: "127.0.0.1", port: Number(port) };
const AT_ONCE = 50;

async function add(queue, count) {
  let left = count;
  const client = async () => {
    while (left-- > 0) await queue.add("job", { user: 42, action: "mail" });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
}

// One worker processes all jobs of the queue, each of which does nothing.
function work(queue, count) {
  let left = count;
  const worker = new Worker(queue.name, async () => "done", { connection, concurrency: AT_ONCE });
  const done = new Promise((resolve) => worker.on("completed", () => --left || resolve()));
  return done.then(() => worker.close());
}

async function seconds(action) {
  const begin = performance.now();
  await action();
  return (performance.now() - begin) / 1000;
}

const warm = new Queue("warm", { connection });
await add(warm, 500);
await work(warm, 500);
await warm.close();
const queue = new Queue("jobs", { connection });
await queue.waitUntilReady();
const count = Number(jobs);
console.log("warm");
await once(process.stdin, "data");
const added = await seconds(() => add(queue, count));
const processed = await seconds(() => work(queue, count));
console.log(JSON.stringify({ added, processed }));
await queue.close();
process.stdin.destroy();
