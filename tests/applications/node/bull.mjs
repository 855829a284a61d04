// Bull 4: node bull.mjs URL CONTROL

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, mock, test } from "node:test";
import Queue from "bull";
import { Redis } from "ioredis";
import { restartServer, url } from "./server.mjs";

const QUICK = { stalledInterval: 100, drainDelay: 1 };
let opened = [];

function openQueue(options) {
  const queue = new Queue("q", url, options);
  opened.push(queue);
  return queue;
}

// The next jobs that end in one way; to be called before any can have ended.
function next(queue, event, count = 1) {
  const jobs = [];
  return new Promise((resolve, reject) => {
    queue.on("error", reject);
    queue.on(event, (job) => jobs.push(job) === count && resolve(jobs));
  });
}

beforeEach(async () => {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
});

afterEach(async () => {
  await Promise.all(opened.map((queue) => queue.close(true)));
  opened = [];
});

test("connects without a warning", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const warnings = mock.fn();
  process.on("warning", warnings);
  const queue = openQueue();
  await queue.isReady();
  process.off("warning", warnings);
  assert.deepEqual([...warn.mock.calls, ...warnings.mock.calls], []);
});

test("jobs are processed, and their results, progress and logs can be read", async () => {
  const queue = openQueue();
  const watcher = openQueue();
  queue.process(async (job) => {
    await job.progress(50);
    await job.log(`hello ${job.data.name}`);
    return { length: job.data.name.length };
  });
  const progress = once(watcher, "global:progress");
  while ((await queue.client.pubsub("NUMSUB", "bull:q:progress"))[1] !== 1);
  const job = await queue.add({ name: "Ada" });
  assert.deepEqual(await job.finished(), { length: 3 });
  assert.deepEqual(await progress, [job.id, 50]);
  assert.deepEqual(await queue.getJobLogs(job.id), { logs: ["hello Ada"], count: 1 });
  assert.equal(await job.getState(), "completed");
  assert.deepEqual((await queue.getJob(job.id)).returnvalue, { length: 3 });
});

test("bulks, counts and named jobs", async () => {
  const queue = openQueue();
  await queue.addBulk(Array.from({ length: 100 }, (_, number) => ({ name: "double", data: { number } })));
  assert.equal((await queue.getJobCounts()).waiting, 100);
  const completed = next(queue, "completed", 100);
  const drained = once(queue, "drained");
  queue.process("double", 10, async (job) => job.data.number * 2);
  const results = (await completed).map((job) => job.returnvalue).toSorted((a, b) => a - b);
  assert.deepEqual(results, Array.from({ length: 100 }, (_, number) => number * 2));
  await drained;
  const counts = await queue.getJobCounts();
  assert.deepEqual({ ...counts }, { waiting: 0, active: 0, completed: 100, failed: 0, delayed: 0, paused: 0 });
});

test("delayed jobs wait for their time, or for their promotion", async () => {
  const queue = openQueue();
  const later = await queue.add("n", { at: "later" }, { delay: 150 });
  const never = await queue.add("n", { at: "never" }, { delay: 100_000 });
  await queue.add("n", { at: "now" });
  assert.equal(await later.getState(), "delayed");
  assert.equal(await queue.getDelayedCount(), 2);
  const completed = next(queue, "completed", 2);
  queue.process("n", async () => {});
  const jobs = await completed;
  assert.deepEqual(jobs.map((job) => job.data.at), ["now", "later"]);
  assert.ok(jobs[1].processedOn - jobs[1].timestamp >= 150);
  await Promise.all([once(queue, "completed"), never.promote()]);
  assert.equal(await never.getState(), "completed");
});

test("priorities, and last in first out", async () => {
  const queue = openQueue();
  await queue.add({ name: "first" });
  for (const priority of [3, 1, 2, 1]) await queue.add({ name: `p${priority}` }, { priority });
  await queue.add({ name: "last in" }, { lifo: true });
  const completed = next(queue, "completed", 6);
  queue.process(async () => {});
  assert.deepEqual((await completed).map((job) => job.data.name), ["last in", "p1", "p1", "p2", "p3", "first"]);
});

test("retries with back-off, and failures", async () => {
  const queue = openQueue();
  const started = [];
  let fixed = false;
  queue.process("flaky", async (job) => {
    started.push(Date.now());
    if (job.attemptsMade < 2) throw new Error("try again");
    return "third time";
  });
  queue.process("fatal", async () => {
    if (!fixed) throw new Error("no use");
  });
  const flaky = await queue.add("flaky", {}, { attempts: 3, backoff: { type: "exponential", delay: 50 } });
  assert.equal(await flaky.finished(), "third time");
  assert.ok(started[1] - started[0] >= 50);
  assert.ok(started[2] - started[1] >= 100);
  const fatal = await queue.add("fatal", {});
  await assert.rejects(fatal.finished(), /no use/);
  const [job] = await queue.getFailed();
  assert.deepEqual([job.id, job.failedReason, job.attemptsMade], [fatal.id, "no use", 1]);
  fixed = true;
  await Promise.all([once(queue, "completed"), job.retry()]);
  assert.equal(await job.getState(), "completed");
});

test("rate limits", async () => {
  const queue = openQueue({ limiter: { max: 2, duration: 150 } });
  await queue.addBulk(Array.from({ length: 5 }, () => ({ data: {} })));
  const completed = next(queue, "completed", 5);
  queue.process(async () => {});
  const times = (await completed).map((job) => job.processedOn).toSorted();
  assert.ok(times[2] - times[0] >= 100 && times[4] - times[2] >= 100, times);
});

test("repeatable jobs", async () => {
  const queue = openQueue();
  const completed = next(queue, "completed", 3);
  queue.process("tick", async () => {});
  await queue.add("tick", {}, { repeat: { every: 60, limit: 3 } });
  await queue.add("nightly", {}, { repeat: { cron: "0 3 * * *", tz: "Europe/Berlin" } });
  assert.equal(await queue.getRepeatableCount(), 2);
  await completed;
  const nightly = (await queue.getRepeatableJobs()).find((job) => job.name === "nightly");
  assert.ok(nightly.next > Date.now());
  await queue.removeRepeatableByKey(nightly.key);
  await queue.removeRepeatable("tick", { every: 60 });
  assert.equal(await queue.getRepeatableCount(), 0);
});

test("a worker process dies, and another one takes over its job", async () => {
  const queue = openQueue({ settings: QUICK });
  await queue.add({});
  const code = `
    import Queue from "bull";
    const queue = new Queue("q", "${url}", { settings: { lockDuration: 200, stalledInterval: 100 } });
    queue.process(() => (console.log("active"), new Promise(() => {})));`;
  const victim = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(victim.stdout, "data");
  const exited = once(victim, "exit");
  victim.kill("SIGKILL");
  await exited;
  const stalled = once(queue, "stalled");
  const completed = next(queue, "completed");
  queue.process(async () => "done");
  const [job] = await completed;
  assert.equal(job.returnvalue, "done");
  assert.equal((await stalled)[0].id, job.id);
});

test("pause and resume", async () => {
  const queue = openQueue();
  const completed = next(queue, "completed", 2);
  await queue.pause();
  queue.process(async () => {});
  await queue.addBulk([{ data: 1 }, { data: 2 }]);
  assert.equal(await queue.isPaused(), true);
  assert.equal(await queue.getPausedCount(), 2);
  await queue.resume();
  await completed;
  assert.equal(await queue.getCompletedCount(), 2);
});

test("debounced jobs, and ids of one's own, are added once", async () => {
  const queue = openQueue();
  const first = await queue.add({ n: 1 }, { debounce: { id: "same", ttl: 60_000 } });
  const second = await queue.add({ n: 2 }, { debounce: { id: "same", ttl: 60_000 } });
  assert.equal(second.id, first.id);
  await queue.add({}, { jobId: "mine" });
  await queue.add({}, { jobId: "mine" });
  assert.equal(await queue.count(), 2);
});

test("old jobs are removed: at the end of others, cleaned, emptied, obliterated", async () => {
  const queue = openQueue({ defaultJobOptions: { removeOnComplete: 3 }, metrics: { maxDataPoints: 10 } });
  const completed = next(queue, "completed", 10);
  await queue.addBulk(Array.from({ length: 10 }, () => ({ data: {} })));
  queue.process(async () => {});
  await completed;
  await queue.pause(true); // until the last job is settled
  assert.equal(await queue.getCompletedCount(), 3);
  assert.equal((await queue.getMetrics("completed")).meta.count, 10);
  assert.equal((await queue.clean(0, "completed", 2)).length, 2);
  const job = await queue.add({});
  await job.remove();
  assert.equal(await queue.getJob(job.id), null);
  await queue.add({});
  await queue.removeJobs("1*");
  await queue.empty();
  assert.equal(await queue.count(), 0);
  await queue.obliterate({ force: true });
  assert.deepEqual((await queue.client.keys("bull:q:*")).filter((key) => !key.endsWith("stalled-check")), []);
});

test("goes on when the server has restarted", async () => {
  const queue = openQueue({ settings: QUICK });
  queue.on("error", () => {});
  queue.process(async (job) => job.data.number * 2);
  assert.equal(await (await queue.add({ number: 1 })).finished(), 2);
  await restartServer();
  const results = [];
  const completed = new Promise((resolve) => {
    queue.on("completed", (job) => results.push(job.returnvalue) && job.data.number === 4 && resolve());
  });
  for (const number of [2, 3, 4]) await queue.add({ number });
  await completed;
  assert.deepEqual(results, [4, 6, 8]);
  assert.equal(await (await queue.add({ number: 5 }, { delay: 50 })).finished(), 10);
});
