// What programs do with ioredis beyond single commands: node ioredis.mjs URL CONTROL PACKAGE

import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { restartServer, url } from "./server.mjs";

const { Redis } = await import(process.argv[4]);
let clients = [];

function connect(options = {}) {
  const client = new Redis(url, options);
  clients.push(client);
  return client;
}

beforeEach(() => connect().flushall());

afterEach(() => {
  clients.forEach((client) => client.disconnect());
  clients = [];
});

test("commands of one's own in Lua, loaded anew after they were flushed", async () => {
  const client = connect();
  client.defineCommand("take", {
    numberOfKeys: 1,
    lua: "local v = redis.call('GET', KEYS[1]); redis.call('SET', KEYS[1], ARGV[1]); return {v, #ARGV}",
  });
  assert.deepEqual(await client.take("k", "1"), [null, 1]);
  await client.script("FLUSH");
  assert.deepEqual(await client.take("k", "2", "x"), ["1", 2]);
  const replies = await client.pipeline().take("k", "3").script("EXISTS", "0".repeat(40)).take("k", "4").exec();
  assert.deepEqual(replies, [[null, ["2", 1]], [null, [0]], [null, ["3", 1]]]);
  assert.deepEqual(await client.multi().take("k", "5").get("k").exec(), [[null, ["4", 1]], [null, "5"]]);
  assert.deepEqual(await client.takeBuffer("k", "6"), [Buffer.from("5"), 1]);
  const other = connect({ scripts: { fail: { lua: "return redis.error_reply('NOPE no')", numberOfKeys: 0 } } });
  await assert.rejects(other.fail(), /NOPE no/);
  await assert.rejects(client.evalsha("0".repeat(40), 0), /NOSCRIPT/);
});

test("a prefix for all keys", async () => {
  const [client, plain] = [connect({ keyPrefix: "app:" }), connect()];
  client.defineCommand("double", { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], redis.call('GET', KEYS[1]))" });
  await client.mset({ a: 2, b: 3 });
  assert.equal(await client.double("a"), 4);
  await client.pipeline().lpush("l", "x").zadd("z", 1, "m").zunionstore("u", 1, "z").exec();
  await client.sort("l", "ALPHA", "STORE", "sorted");
  assert.deepEqual((await plain.keys("*")).sort(), ["app:a", "app:b", "app:l", "app:sorted", "app:u", "app:z"].sort());
  assert.equal(await client.del("a", "b"), 2);
  assert.deepEqual(await client.xadd("s", "1-1", "f", "v"), "1-1");
  assert.deepEqual(await client.xread("STREAMS", "s", "0"), [["app:s", [["1-1", ["f", "v"]]]]]);
});

test("transactions: several at once, and errors", async () => {
  const client = connect();
  const results = await Promise.all([1, 2, 3].map((n) => client.multi().incrby("n", n).get("n").exec()));
  assert.deepEqual(results.map(([, [, value]]) => value), ["1", "3", "6"]);
  await assert.rejects(client.multi().set("k").exec(), /EXECABORT/);
  const [[, ok], [error]] = await client.multi().set("k", "v").incr("k").exec();
  assert.equal(ok, "OK");
  assert.match(error.message, /not an integer/);
  await client.multi({ pipeline: false });
  assert.equal(await client.set("k", "queued"), "QUEUED");
  assert.deepEqual(await client.exec(), [[null, "OK"]]);
});

test("scan streams of keys, sets, hashes and sorted sets", async () => {
  const client = connect();
  const names = Array.from({ length: 300 }, (_, index) => `m${index}`).sort();
  await client.sadd("set", names);
  await client.hset("hash", Object.fromEntries(names.map((name) => [name, "v"])));
  await client.zadd("zset", ...names.flatMap((name, index) => [index, name]));
  const all = async (stream) => {
    const found = [];
    for await (const page of stream) found.push(...page);
    return found;
  };
  assert.deepEqual([...new Set(await all(client.sscanStream("set", { count: 20 })))].sort(), names);
  assert.equal(new Map(pairs(await all(client.hscanStream("hash")))).size, 300);
  assert.equal(new Map(pairs(await all(client.zscanStream("zset", { match: "m1*" })))).size, 111);
  assert.deepEqual(await all(client.scanStream({ type: "hash" })), ["hash"]);
});

function* pairs(words) {
  for (let index = 0; index < words.length; index += 2) yield [words[index], words[index + 1]];
}

test("a server that is no cluster", async () => {
  const client = connect();
  assert.match(await client.info("cluster"), /cluster_enabled:0/);
  await assert.rejects(client.cluster("SLOTS"), /cluster support disabled/);
});

test("MONITOR, and blocked clients that give up", async () => {
  const client = connect();
  const monitor = await connect().monitor();
  const seen = once(monitor, "monitor");
  await client.set("k", "v");
  assert.deepEqual((await seen)[1], ["set", "k", "v"]);
  monitor.disconnect();
  await assert.rejects(connect({ commandTimeout: 50 }).blpop("none", 0), /timed out/);
  assert.equal(await connect({ blockingTimeout: 1_000 }).blpop("none", 0.01), null);
});

test("commands that wait while the server is away are sent when it is back", async () => {
  const client = connect();
  const subscriber = connect();
  const messages = [];
  for (const one of [client, subscriber]) one.on("error", () => {});
  await subscriber.subscribe("c");
  await subscriber.psubscribe("p*");
  await subscriber.ssubscribe("s");
  subscriber.on("message", (channel, message) => messages.push([channel, message]));
  subscriber.on("pmessage", (pattern, channel, message) => messages.push([pattern, channel, message]));
  subscriber.on("smessage", (channel, message) => messages.push([channel, message]));
  client.defineCommand("answer", { numberOfKeys: 0, lua: "return 42" });
  assert.equal(await client.answer(), 42);
  await client.select(3);
  const gone = once(client, "close");
  const restarted = restartServer();
  await gone;
  const waiting = client.set("k", "v");
  await restarted;
  assert.equal(await waiting, "OK");
  assert.equal(await client.answer(), 42);
  assert.match(await client.info("keyspace"), /db3:keys=1/);
  while ((await client.pubsub("NUMSUB", "c"))[1] !== 1);
  while ((await client.pubsub("NUMPAT")) !== 1);
  while ((await client.pubsub("SHARDNUMSUB", "s"))[1] !== 1);
  await client.publish("c", "1");
  await client.publish("p1", "2");
  await client.spublish("s", "3");
  while (messages.length < 3) await client.ping();
  assert.deepEqual(messages.sort(), [["c", "1"], ["p*", "p1", "2"], ["s", "3"]]);
});
