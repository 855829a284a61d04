// ioredis with its default settings: node ioredis.mjs URL URL_WITH_PASSWORD PROTOCOL

import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { Redis } from "ioredis";

const [url, securedUrl, protocol] = process.argv.slice(2);
let clients = [];

function connect(options = {}, to = url) {
  const client = new Redis(to, { protocol: Number(protocol), ...options });
  clients.push(client);
  return client;
}

async function untilBlocked(client, count) {
  while (!(await client.info("clients")).includes(`blocked_clients:${count}\r\n`));
}

beforeEach(() => connect().flushall());

afterEach(() => {
  clients.forEach((client) => client.disconnect());
  clients = [];
});

test("becomes ready, in the protocol asked for", async () => {
  const client = connect({ connectionName: "tester" });
  await once(client, "ready");
  assert.equal(await client.client("GETNAME"), "tester");
  assert.match(await client.client("LIST"), new RegExp(`name=tester .* resp=${protocol}`));
  assert.match(await client.info(), /redis_version:\d+\.\d+/);
});

test("strings", async () => {
  const client = connect();
  assert.equal(await client.set("k", "v", "EX", 100), "OK");
  assert.equal(await client.get("k"), "v");
  assert.equal(await client.incr("n"), 1);
  assert.equal(await client.incrbyfloat("n", 0.5), "1.5");
  assert.deepEqual(await client.mget("k", "missing"), ["v", null]);
  const bytes = Buffer.from([0, 13, 10, 255]);
  await client.set("binary", bytes);
  assert.deepEqual(await client.getBuffer("binary"), bytes);
  await assert.rejects(client.lpush("k", "x"), /WRONGTYPE/);
});

test("hashes and lists", async () => {
  const client = connect();
  assert.equal(await client.hset("h", { a: 1, b: 2 }), 2);
  assert.deepEqual(await client.hgetall("h"), { a: "1", b: "2" });
  assert.equal(await client.rpush("l", "a", "b", "c"), 3);
  assert.deepEqual(await client.lrange("l", 0, -1), ["a", "b", "c"]);
  assert.equal(await client.lmove("l", "m", "LEFT", "RIGHT"), "a");
});

if (protocol === "3") {
  test("maps arrive as objects", async () => {
    const client = connect({ replyMapping: "resp3" });
    await client.call("HSET", "h", "a", "1");
    assert.deepEqual({ ...(await client.call("HGETALL", "h")) }, { a: "1" });
  });
}

test("pipeline", async () => {
  const pipeline = connect().pipeline();
  for (let number = 0; number < 500; number++) pipeline.incr("n").lpush("n", "x");
  const replies = await pipeline.exec();
  assert.equal(replies.length, 1000);
  assert.deepEqual(replies[998], [null, 500]);
  assert.match(replies[999][0].message, /WRONGTYPE/);
});

test("automatic pipelining", async () => {
  const client = connect({ enableAutoPipelining: true });
  await once(client, "ready");
  const replies = await Promise.all(Array.from({ length: 100 }, () => client.incr("n")));
  assert.deepEqual(replies, Array.from({ length: 100 }, (_, index) => index + 1));
});

test("transactions, and WATCH with a conflict", async () => {
  const client = connect();
  assert.deepEqual(await client.multi().set("k", 1).incr("k").exec(), [
    [null, "OK"],
    [null, 2],
  ]);
  await client.watch("k");
  await connect().set("k", "theirs");
  assert.equal(await client.multi().set("k", "ours").exec(), null);
  assert.equal(await client.get("k"), "theirs");
});

test("channels and patterns", async () => {
  const subscriber = connect();
  const publisher = connect();
  assert.equal(await subscriber.subscribe("news", "other"), 2);
  assert.equal(await subscriber.psubscribe("n*"), 3);
  const heard = Promise.all([once(subscriber, "message"), once(subscriber, "pmessage")]);
  assert.equal(await publisher.publish("news", "hello"), 2);
  assert.deepEqual(await heard, [
    ["news", "hello"],
    ["n*", "news", "hello"],
  ]);
  assert.equal(await subscriber.unsubscribe("news", "other"), 1);
  assert.equal(await publisher.publish("other", "nobody"), 0);
});

test("shard channels", async () => {
  const subscriber = connect();
  await subscriber.ssubscribe("shard");
  const heard = once(subscriber, "smessage");
  assert.equal(await connect().spublish("shard", "hello"), 1);
  assert.deepEqual(await heard, ["shard", "hello"]);
});

test("blocking pops", async () => {
  const client = connect();
  const popped = connect().blpop("l1", "l2", 10);
  await untilBlocked(client, 1);
  await client.rpush("l2", "v");
  assert.deepEqual(await popped, ["l2", "v"]);
  assert.equal(await client.blpop("l1", 0.01), null);
});

test("reconnects, and subscribes again", async () => {
  const client = connect();
  const subscriber = connect();
  await subscriber.subscribe("c");
  const ready = once(subscriber, "ready");
  assert.equal(await client.client("KILL", "TYPE", "pubsub"), 1);
  await ready;
  while ((await client.pubsub("NUMSUB", "c"))[1] !== 1);
  const heard = once(subscriber, "message");
  await client.publish("c", "m");
  assert.deepEqual(await heard, ["c", "m"]);
});

test("password", async () => {
  assert.equal(await connect({}, securedUrl).ping(), "PONG");
  const stranger = connect({ retryStrategy: null, lazyConnect: true }, securedUrl.replace("secret", "wrong"));
  stranger.on("error", () => {});
  await assert.rejects(stranger.ping());
});

test("scan streams", async () => {
  const client = connect();
  const keys = Array.from({ length: 500 }, (_, index) => `key:${index}`).sort();
  await client.mset(keys.flatMap((key) => [key, "v"]));
  await client.set("other", "v");
  const found = new Set();
  for await (const page of client.scanStream({ match: "key:*", count: 50 })) page.forEach((key) => found.add(key));
  assert.deepEqual([...found].sort(), keys);
});
