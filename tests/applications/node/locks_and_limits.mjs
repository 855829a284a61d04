// redlock, rate-limiter-flexible and Bottleneck: node locks_and_limits.mjs URL CONTROL

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import Bottleneck from "bottleneck";
import { Redis } from "ioredis";
import { BurstyRateLimiter, RateLimiterQueue, RateLimiterRedis } from "rate-limiter-flexible";
import { createClient } from "redis";
import Redlock4 from "redlock";
import Redlock5 from "redlock-5";
import { host, port, url } from "./server.mjs";

let client;

beforeEach(async () => {
  client = new Redis(url);
  await client.flushall();
});

afterEach(() => client.disconnect());

const REDLOCKS = [
  { version: 4, Redlock: Redlock4, acquire: "lock", release: "unlock" },
  { version: 5, Redlock: Redlock5, acquire: "acquire", release: "release" },
];

for (const { version, Redlock, acquire, release } of REDLOCKS) {
  const open = (options) => new Redlock([client], { retryCount: 0, ...options });

  test(`redlock ${version}: one holder at a time, several names together`, async () => {
    const locks = open();
    const lock = await locks[acquire](["a", "b"], 10_000);
    assert.ok((await client.pttl("a")) > 9_000);
    await assert.rejects(locks[acquire](["b"], 1_000), /attempts|quorum/);
    await lock[release]();
    assert.equal(await client.exists("a", "b"), 0);
    await (await locks[acquire](["b"], 1_000))[release]();
  });

  test(`redlock ${version}: a lock is prolonged, and can be lost`, async () => {
    const locks = open();
    let lock = await locks[acquire](["a"], 1_000);
    lock = await lock.extend(20_000);
    assert.ok((await client.pttl("a")) > 15_000);
    await client.set("a", "somebody else");
    await assert.rejects(lock.extend(1_000));
    assert.equal(await client.get("a"), "somebody else");
  });

  test(`redlock ${version}: those who wait get their turn`, async () => {
    const locks = open({ retryCount: -1, retryDelay: 5, retryJitter: 5 });
    let [running, most, turns] = [0, 0, 0];
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        const lock = await locks[acquire](["a"], 5_000);
        most = Math.max(most, ++running);
        await client.incr("turns");
        running--;
        turns++;
        await lock[release]();
      }),
    );
    assert.deepEqual([most, turns], [1, 5]);
  });

  test(`redlock ${version}: a lock that nobody releases expires`, async () => {
    await open()[acquire](["a"], 100);
    const patient = open({ retryCount: 100, retryDelay: 10, retryJitter: 0 });
    await (await patient[acquire](["a"], 5_000))[release]();
  });
}

test("redlock 5: a lock is prolonged for as long as a function needs it", async () => {
  const locks = new Redlock5([client], { automaticExtensionThreshold: 400 });
  const answer = await locks.using(["a"], 500, async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(signal.aborted, false);
    assert.equal(await client.exists("a"), 1);
    return "done";
  });
  assert.equal(answer, "done");
  assert.equal(await client.exists("a"), 0);
});

test("rate-limiter-flexible: points, blocks and rewards, with ioredis", async () => {
  const limiter = new RateLimiterRedis({ storeClient: client, points: 3, duration: 5, keyPrefix: "login" });
  assert.equal((await limiter.consume("ada")).remainingPoints, 2);
  await limiter.consume("ada", 2);
  const refusal = await limiter.consume("ada").catch((refused) => refused);
  assert.deepEqual([refusal.remainingPoints, refusal.consumedPoints], [0, 4]);
  assert.ok(refusal.msBeforeNext > 4_000 && refusal.msBeforeNext <= 5_000);
  assert.equal((await limiter.consume("bob")).remainingPoints, 2);
  await limiter.reward("ada", 4);
  assert.equal((await limiter.get("ada")).consumedPoints, 0);
  await limiter.penalty("ada", 2);
  assert.equal((await limiter.get("ada")).remainingPoints, 1);
  await limiter.block("ada", 60);
  assert.ok((await client.ttl("login:ada")) > 50);
  await assert.rejects(limiter.consume("ada"), (refused) => refused.msBeforeNext > 50_000);
  assert.equal(await limiter.delete("ada"), true);
  assert.equal(await limiter.get("ada"), null);
});

test("rate-limiter-flexible: with node-redis, bursts and a queue", async () => {
  const nodeRedis = await createClient({ url }).connect();
  const options = { storeClient: nodeRedis, useRedisPackage: true };
  const bursty = new BurstyRateLimiter(
    new RateLimiterRedis({ ...options, points: 1, duration: 5, keyPrefix: "steady" }),
    new RateLimiterRedis({ ...options, points: 2, duration: 60, keyPrefix: "burst" }),
  );
  for (let number = 0; number < 3; number++) await bursty.consume("ada");
  await assert.rejects(bursty.consume("ada"), (refused) => refused.msBeforeNext > 0);
  const blocking = new RateLimiterRedis({ ...options, points: 1, duration: 5, blockDuration: 30, keyPrefix: "block" });
  await blocking.consume("ada");
  await assert.rejects(blocking.consume("ada"), (refused) => refused.msBeforeNext > 25_000);
  const queue = new RateLimiterQueue(new RateLimiterRedis({ ...options, points: 5, duration: 5, keyPrefix: "queue" }));
  const left = await Promise.all(Array.from({ length: 5 }, () => queue.removeTokens(1)));
  assert.deepEqual(left.toSorted(), [0, 1, 2, 3, 4]);
  nodeRedis.destroy();
});

test("Bottleneck: two processes share a limit", async () => {
  const settings = {
    id: "b",
    datastore: "ioredis",
    Redis,
    clientOptions: { host, port: Number(port) },
    clearDatastore: true,
    maxConcurrent: 2,
    reservoir: 6,
  };
  const first = new Bottleneck(settings);
  await first.ready();
  const second = new Bottleneck({ ...settings, clearDatastore: false });
  await second.ready();
  let [running, most] = [0, 0];
  const job = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 10));
    running--;
  };
  await Promise.all([first, second, first, second, first, second].map((limiter) => limiter.schedule(job)));
  assert.equal(most, 2);
  assert.equal(await first.currentReservoir(), 0);
  const late = second.schedule(job);
  await first.incrementReservoir(1);
  await late;
  await Promise.all([first.disconnect(), second.disconnect()]);
});
