// BullMQ: node bullmq.mjs URL CONTROL PACKAGE

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Redis } from "ioredis";
import { host, port, restartServer, url } from "./server.mjs";

const library = process.argv[4];
const bullmq = await import(library);
const { FlowProducer, Queue, QueueEvents, UnrecoverableError, Worker } = bullmq;
const connection = { host, port: Number(port) };
let opened = [];

function open(object) {
  opened.push(object);
  return object;
}

const openQueue = (options, name = "q") => open(new Queue(name, { connection, ...options }));

function work(processor, options, name = "q") {
  return open(new Worker(name, processor, { connection, drainDelay: 1, ...options }));
}

function openClient() {
  const client = new Redis(url);
  open({ close: () => client.disconnect() });
  return client;
}

async function openEvents(name = "q") {
  const events = open(new QueueEvents(name, { connection, lastEventId: "0" })); // the default is to miss what comes soon
  await events.waitUntilReady();
  return events;
}

// The next jobs that a worker ends in one way; to be called before it can have ended any.
function next(emitter, event, count = 1) {
  const jobs = [];
  return new Promise((resolve, reject) => {
    emitter.on("error", reject);
    emitter.on(event, (job) => jobs.push(job) === count && resolve(jobs));
  });
}

beforeEach(async () => {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
});

afterEach(async () => {
  await Promise.all(opened.reverse().map((object) => object.close(true)));
  opened = [];
});

test("connects without a warning", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const warnings = mock.fn();
  process.on("warning", warnings);
  const queue = openQueue();
  await Promise.all([queue.waitUntilReady(), work(async () => {}).waitUntilReady()]);
  await openEvents();
  process.off("warning", warnings);
  assert.deepEqual([...warn.mock.calls, ...warnings.mock.calls], []);
  assert.match(await queue.getVersion(), /^bullmq:/);
  assert.equal(await queue.getWorkersCount(), 1);
  assert.equal((await queue.getQueueEvents()).length, 1);
});

test("jobs are processed, and their results, progress and logs can be read", async () => {
  const queue = openQueue();
  const events = await openEvents();
  const progress = once(events, "progress");
  const seen = [];
  for (const name of ["added", "waiting", "active", "completed"]) events.on(name, () => seen.push(name));
  work(async (job) => {
    await job.updateProgress(50);
    await job.log(`hello ${job.data.name}`);
    return { length: job.data.name.length };
  });
  const job = await queue.add("greet", { name: "Ada" });
  assert.deepEqual(await job.waitUntilFinished(events), { length: 3 });
  assert.deepEqual((await progress)[0], { jobId: job.id, data: 50 });
  assert.deepEqual(await queue.getJobLogs(job.id), { logs: ["hello Ada"], count: 1 });
  assert.equal(await job.getState(), "completed");
  assert.deepEqual((await queue.getJob(job.id)).returnvalue, { length: 3 });
  assert.deepEqual(seen, ["added", "waiting", "active", "completed"]);
});

test("bulks, counts and pages", async () => {
  const queue = openQueue();
  await queue.addBulk(Array.from({ length: 100 }, (_, number) => ({ name: "n", data: { number } })));
  assert.equal((await queue.getJobCounts()).waiting, 100);
  assert.deepEqual((await queue.getWaiting(0, 1)).map((job) => job.data.number), [0, 1]);
  const worker = work(async (job) => job.data.number, { concurrency: 10 });
  const drained = once(worker, "drained");
  await next(worker, "completed", 100);
  await drained;
  const counts = await queue.getJobCounts("wait", "active", "completed", "failed", "delayed");
  assert.deepEqual(counts, { wait: 0, active: 0, completed: 100, failed: 0, delayed: 0 });
  const results = (await queue.getCompleted()).map((job) => job.returnvalue);
  assert.deepEqual(results.toSorted((a, b) => a - b), Array.from({ length: 100 }, (_, number) => number));
});

test("delayed jobs wait for their time, or for their promotion", async () => {
  const queue = openQueue();
  const later = await queue.add("later", {}, { delay: 150 });
  const never = await queue.add("never", {}, { delay: 100_000 });
  await queue.add("now", {});
  assert.equal(await later.getState(), "delayed");
  assert.equal(await queue.getDelayedCount(), 2);
  const worker = work(async () => {});
  const jobs = await next(worker, "completed", 2);
  assert.deepEqual(jobs.map((job) => job.name), ["now", "later"]);
  assert.ok(jobs[1].processedOn - jobs[1].timestamp >= 150);
  await never.changeDelay(200_000);
  const [promoted] = await Promise.all([once(worker, "completed"), never.promote()]);
  assert.equal(promoted[0].name, "never");
});

test("priorities, and last in first out", async () => {
  const queue = openQueue();
  for (const priority of [3, 1, 2, 1]) await queue.add(`p${priority}`, {}, { priority });
  const changed = await queue.add("changed", {}, { priority: 10 });
  await queue.add("first", {});
  await queue.add("last in", {}, { lifo: true });
  await changed.changePriority({ priority: 2 });
  assert.deepEqual(await queue.getCountsPerPriority([0, 1, 2, 3]), { 0: 2, 1: 2, 2: 2, 3: 1 });
  const jobs = await next(work(async () => {}), "completed", 7);
  assert.deepEqual(jobs.map((job) => job.name), ["last in", "first", "p1", "p1", "p2", "changed", "p3"]);
});

test("retries with back-off, and failures", async () => {
  const queue = openQueue();
  const events = await openEvents();
  const started = [];
  const settings = { backoffStrategy: (attempts) => attempts * 50 };
  const failed = next(
    work(
      async (job) => {
        started.push(Date.now());
        if (job.name === "fatal") throw new UnrecoverableError("no use");
        if (job.attemptsMade < 2) throw new Error("try again");
        return "third time";
      },
      { settings },
    ),
    "failed",
    3,
  );
  const exponential = { attempts: 3, backoff: { type: "exponential", delay: 50 } };
  assert.equal(await (await queue.add("flaky", {}, exponential)).waitUntilFinished(events), "third time");
  assert.ok(started[1] - started[0] >= 50);
  assert.ok(started[2] - started[1] >= 100);
  const fatal = await queue.add("fatal", {}, { attempts: 5 });
  await assert.rejects(fatal.waitUntilFinished(events), /no use/);
  await failed;
  const job = await queue.getJob(fatal.id);
  assert.deepEqual([job.failedReason, job.attemptsMade, await job.isFailed()], ["no use", 1, true]);
  const own = await queue.add("flaky", {}, { attempts: 3, backoff: { type: "custom" } });
  assert.equal(await own.waitUntilFinished(events), "third time");
});

test("failed jobs are tried again on request", async () => {
  const queue = openQueue();
  let broken = true;
  const worker = work(async () => {
    if (broken) throw new Error("broken");
  });
  const failed = next(worker, "failed", 3);
  const jobs = await queue.addBulk(["a", "b", "c"].map((name) => ({ name, data: {} })));
  await failed;
  broken = false;
  const completed = next(worker, "completed", 3);
  await jobs[0].retry("failed");
  await queue.retryJobs({ state: "failed" });
  await completed;
  assert.deepEqual(await queue.getJobCounts("completed", "failed"), { completed: 3, failed: 0 });
});

test("rate limits", async () => {
  const queue = openQueue();
  await queue.addBulk(Array.from({ length: 5 }, () => ({ name: "n", data: {} })));
  const worker = work(async () => {}, { limiter: { max: 2, duration: 150 }, concurrency: 5 });
  const times = (await next(worker, "completed", 5)).map((job) => job.processedOn).toSorted();
  assert.ok(times[2] - times[0] >= 100 && times[4] - times[2] >= 100, times);
});

test("a limit that a job discovers, and the one of the whole queue", async () => {
  const queue = openQueue();
  let refused = false;
  const worker = work(
    async () => {
      if (refused) return;
      refused = true;
      await queue.rateLimit(100);
      throw new bullmq.RateLimitError();
    },
    { limiter: { max: 100, duration: 1_000 } },
  );
  const job = await queue.add("n", {});
  const [done] = await next(worker, "completed");
  assert.ok(refused);
  assert.ok(done.finishedOn - job.timestamp >= 95);
  await queue.setGlobalConcurrency(1);
  assert.equal(await queue.getGlobalConcurrency(), 1);
  await queue.setGlobalRateLimit(1, 100);
  assert.deepEqual(await queue.getGlobalRateLimit(), { max: 1, duration: 100 });
});

test("one job at a time in the whole queue", async () => {
  const queue = openQueue();
  await queue.setGlobalConcurrency(1);
  let [running, most] = [0, 0];
  const processor = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
  };
  await queue.addBulk(Array.from({ length: 10 }, () => ({ name: "n", data: {} })));
  const events = await openEvents();
  const completed = next(events, "completed", 10);
  work(processor, { concurrency: 5 });
  work(processor, { concurrency: 5 });
  await completed;
  assert.equal(most, 1);
});

test("job schedulers repeat jobs", async () => {
  const queue = openQueue();
  await queue.upsertJobScheduler("tick", { every: 60 }, { name: "tick", data: { kind: "interval" } });
  await queue.upsertJobScheduler("nightly", { pattern: "0 3 * * *", tz: "Europe/Berlin" }, { name: "nightly" });
  assert.equal(await queue.getJobSchedulersCount(), 2);
  const jobs = await next(work(async () => {}), "completed", 3);
  assert.deepEqual(new Set(jobs.map((job) => job.data.kind)), new Set(["interval"]));
  assert.ok(jobs[2].processedOn - jobs[0].processedOn >= 60);
  const nightly = await queue.getJobScheduler("nightly");
  assert.equal(nightly.pattern, "0 3 * * *");
  assert.ok(nightly.next > Date.now());
  await queue.upsertJobScheduler("tick", { every: 100_000 }, { name: "tick" });
  assert.equal((await queue.getJobScheduler("tick")).every, 100_000);
  assert.equal(await queue.removeJobScheduler("tick"), true);
  assert.deepEqual((await queue.getJobSchedulers()).map((scheduler) => scheduler.key), ["nightly"]);
});

test("repeatable jobs", { skip: library !== "bullmq" && "schedulers have replaced them" }, async () => {
  const queue = openQueue();
  await queue.add("tick", {}, { repeat: { every: 60, limit: 3 } });
  assert.equal((await queue.getRepeatableJobs())[0].name, "tick");
  await next(work(async () => {}), "completed", 3);
  await queue.add("tock", {}, { repeat: { pattern: "* * * * * *" } });
  const [tock] = (await queue.getRepeatableJobs()).filter((job) => job.name === "tock");
  assert.equal(await queue.removeRepeatableByKey(tock.key), true);
});

test("flows: a parent waits for its children", async () => {
  const flows = open(new FlowProducer({ connection }));
  const parents = openQueue();
  work(async (job) => job.data.number ?? Object.values(await job.getChildrenValues()).reduce((a, b) => a + b), {}, "children");
  const tree = await flows.add({
    name: "sum",
    queueName: "q",
    children: [
      { name: "one", queueName: "children", data: { number: 1 } },
      {
        name: "sum",
        queueName: "children",
        children: [2, 3].map((number) => ({ name: "leaf", queueName: "children", data: { number } })),
      },
    ],
  });
  const parent = await parents.getJob(tree.job.id);
  const worker = work(async (job) => Object.values(await job.getChildrenValues()).reduce((a, b) => a + b));
  await next(worker, "completed");
  assert.equal((await parents.getJob(parent.id)).returnvalue, 6);
  assert.equal(Object.keys((await parent.getDependencies()).processed).length, 2);
  const whole = await flows.getFlow({ id: parent.id, queueName: "q" });
  assert.equal(whole.children.length, 2);
});

test("flows: a child that fails takes its parent along, or is ignored", async () => {
  const flows = open(new FlowProducer({ connection }));
  const events = await openEvents();
  work(
    async () => {
      throw new Error("spoiled");
    },
    {},
    "children",
  );
  work(async (job) => job.getIgnoredChildrenFailures?.());
  const withChild = (opts) => ({
    name: "parent",
    queueName: "q",
    children: [{ name: "child", queueName: "children", opts }],
  });
  const [strict, lenient] = await flows.addBulk([
    withChild({ failParentOnFailure: true }),
    withChild({ ignoreDependencyOnFailure: true }),
  ]);
  await assert.rejects(strict.job.waitUntilFinished(events), /child .* failed/);
  assert.deepEqual(Object.values(await lenient.job.waitUntilFinished(events)), ["spoiled"]);
});

test("a step waits for children that it adds itself", async () => {
  const queue = openQueue();
  const children = openQueue({}, "children");
  work(async () => "child", {}, "children");
  const worker = work(async (job, token) => {
    if (job.data.step !== "sum") {
      await children.add("child", {}, { parent: { id: job.id, queue: job.queueQualifiedName } });
      await job.updateData({ step: "sum" });
      if (await job.moveToWaitingChildren(token)) throw new bullmq.WaitingChildrenError();
    }
    return Object.values(await job.getChildrenValues());
  });
  const completed = next(worker, "completed");
  await queue.add("parent", {});
  assert.deepEqual((await completed)[0].returnvalue, ["child"]);
});

test("a worker process dies, and another one takes over its job", async () => {
  const queue = openQueue();
  await queue.add("hard", {});
  const code = `
    import { Worker } from "${library}";
    const connection = ${JSON.stringify(connection)};
    new Worker("q", () => (console.log("active"), new Promise(() => {})), { connection, lockDuration: 200, skipStalledCheck: true });`;
  const victim = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(victim.stdout, "data");
  const exited = once(victim, "exit");
  victim.kill("SIGKILL");
  await exited;
  const events = await openEvents();
  const stalled = once(events, "stalled");
  const worker = work(async () => "done", { stalledInterval: 100 });
  const [job] = await next(worker, "completed");
  assert.equal((await stalled)[0].jobId, job.id);
  assert.deepEqual([job.returnvalue, job.stalledCounter], ["done", 1]);
});

test("a job that stalls too often fails", async () => {
  const queue = openQueue();
  await queue.add("hard", {});
  const dead = work(() => new Promise(() => {}), { lockDuration: 50, skipLockRenewal: true, skipStalledCheck: true });
  await once(dead, "active");
  const worker = work(async () => {}, { stalledInterval: 60, maxStalledCount: 0 });
  await next(worker, "failed");
  assert.match((await queue.getFailed())[0].failedReason, /stalled more than allowable limit/);
});

test("locks are renewed while a job takes long", async () => {
  const queue = openQueue();
  const events = await openEvents();
  events.on("stalled", () => assert.fail("stalled"));
  const worker = work(() => new Promise((resolve) => setTimeout(resolve, 600, "slow")), {
    lockDuration: 400,
    stalledInterval: 50,
  });
  const job = await queue.add("slow", {});
  assert.equal(await job.waitUntilFinished(events), "slow");
  assert.equal(await worker.isRunning(), true);
});

test("pause and resume", async () => {
  const queue = openQueue();
  const worker = work(async () => {});
  await worker.waitUntilReady();
  const completed = next(worker, "completed", 2);
  await queue.pause();
  assert.equal(await queue.isPaused(), true);
  await queue.addBulk(["a", "b"].map((name) => ({ name, data: {} })));
  assert.equal(await queue.count(), 2);
  await queue.resume();
  await completed;
  await worker.pause();
  await queue.add("c", {});
  assert.equal(await queue.getWaitingCount(), 1);
  const again = next(worker, "completed");
  worker.resume();
  await again;
});

test("deduplication", async () => {
  const queue = openQueue();
  const events = await openEvents();
  const noticed = once(events, "deduplicated");
  const first = await queue.add("a", {}, { deduplication: { id: "same" } });
  const second = await queue.add("b", {}, { deduplication: { id: "same" } });
  assert.equal(second.id, first.id);
  assert.equal(await queue.getDeduplicationJobId("same"), first.id);
  assert.equal((await noticed)[0].jobId, first.id);
  await next(work(async () => {}), "completed");
  const third = await queue.add("c", {}, { deduplication: { id: "same" } });
  assert.notEqual(third.id, first.id);
  const throttled = { deduplication: { id: "throttle", ttl: 60_000 } };
  assert.equal((await queue.add("d", {}, throttled)).id, (await queue.add("d", {}, throttled)).id);
  await queue.removeDeduplicationKey("throttle");
  assert.equal(await queue.getDeduplicationJobId("throttle"), null);
});

test("debouncing: the last job replaces those before it", async () => {
  const queue = openQueue();
  const debounced = { deduplication: { id: "d", ttl: 5_000, extend: true, replace: true }, delay: 100 };
  for (const number of [1, 2, 3]) await queue.add("d", { number }, debounced);
  assert.equal(await queue.getDelayedCount(), 1);
  const [job] = await next(work(async () => {}), "completed");
  assert.equal(job.data.number, 3);
});

test("a job id of one's own is added once", async () => {
  const queue = openQueue();
  const events = await openEvents();
  const duplicated = once(events, "duplicated");
  await queue.add("a", {}, { jobId: "mine" });
  await queue.add("a", {}, { jobId: "mine" });
  assert.equal((await duplicated)[0].jobId, "mine");
  assert.equal(await queue.count(), 1);
});

test("old jobs are removed: at the end of others, cleaned, drained, obliterated", async () => {
  const queue = openQueue({ defaultJobOptions: { removeOnComplete: { count: 3 } } });
  await queue.addBulk(Array.from({ length: 10 }, () => ({ name: "n", data: {} })));
  const worker = work(async () => {});
  await next(worker, "completed", 10);
  await worker.close();
  assert.equal(await queue.getCompletedCount(), 3);
  assert.equal((await queue.clean(0, 2, "completed")).length, 2);
  const job = await queue.add("gone", {});
  await job.remove();
  assert.equal(await queue.getJob(job.id), undefined);
  await queue.add("waits", {});
  await queue.add("delayed", {}, { delay: 100_000 });
  await queue.drain();
  assert.equal(await queue.getDelayedCount(), 1);
  await queue.drain(true);
  assert.equal(await queue.getDelayedCount(), 0);
  await queue.add("waits", {});
  await queue.pause();
  await queue.obliterate();
  const client = openClient();
  assert.deepEqual((await client.keys("bull:q:*")).filter((key) => !key.endsWith(":events")), []);
});

test("metrics, and what Prometheus reads", async () => {
  const queue = openQueue();
  await queue.addBulk(Array.from({ length: 5 }, () => ({ name: "n", data: {} })));
  await next(work(async () => {}, { metrics: { maxDataPoints: 10 } }), "completed", 5);
  assert.equal((await queue.getMetrics("completed")).meta.count, 5);
  assert.equal((await queue.getMetrics("failed")).meta.count, 0);
  assert.match(await queue.exportPrometheusMetrics(), /bullmq_job_count\{queue="q", state="completed"\} 5/);
});

test("jobs taken by hand", async () => {
  const queue = openQueue();
  await queue.add("a", {});
  await queue.add("b", {});
  const worker = work(undefined);
  const first = await worker.getNextJob("token");
  assert.equal(await first.getState(), "active");
  await first.extendLock("token", 10_000);
  await first.moveToDelayed(Date.now() + 100_000, "token");
  assert.equal(await first.getState(), "delayed");
  const second = await worker.getNextJob("token");
  await second.moveToCompleted("by hand", "token", false);
  assert.equal((await queue.getCompleted())[0].returnvalue, "by hand");
});

test("the events of a queue are kept short", async () => {
  const queue = openQueue();
  await queue.addBulk(Array.from({ length: 20 }, () => ({ name: "n", data: {} })));
  await queue.trimEvents(0);
  const client = openClient();
  assert.equal(await client.xlen("bull:q:events"), 0);
});

test("goes on when the server has restarted", async () => {
  const queue = openQueue();
  const events = await openEvents();
  const worker = work(async (job) => job.data.number * 2);
  for (const object of [queue, events, worker]) object.on("error", () => {});
  assert.equal(await (await queue.add("n", { number: 1 })).waitUntilFinished(events), 2);
  await restartServer();
  const added = [];
  const completed = new Promise((resolve) => worker.on("completed", (job) => job.data.number === 4 && resolve(job)));
  for (const number of [2, 3, 4]) added.push(await queue.add("n", { number }));
  assert.equal((await completed).returnvalue, 8);
  assert.equal(await (await queue.add("n", { number: 5 }, { delay: 50 })).waitUntilFinished(events), 10);
  assert.equal((await queue.getJobCounts("completed")).completed, 4);
});
