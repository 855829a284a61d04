// node-redis with its default settings: node node_redis.mjs URL URL_WITH_PASSWORD PROTOCOL

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { BasicClientSideCache, createClient, WatchError } from "redis";

const [url, securedUrl, protocol] = process.argv.slice(2);
let clients = [];

async function connect(options = {}, to = url) {
  const client = createClient({ url: to, RESP: Number(protocol), ...options });
  client.on("error", () => {}); // it reconnects by itself; without a listener node would end
  clients.push(client);
  await client.connect();
  return client;
}

async function untilBlocked(client, count) {
  while (!(await client.info("clients")).includes(`blocked_clients:${count}\r\n`));
}

function heard() {
  let listener;
  const message = new Promise((resolve) => (listener = (...words) => resolve(words)));
  return { listener, message };
}

beforeEach(async () => (await connect()).flushAll());

afterEach(() => {
  clients.forEach((client) => client.destroy());
  clients = [];
});

test("connects, in the protocol asked for", async () => {
  const client = await connect({ name: "tester" });
  assert.equal(await client.clientGetName(), "tester");
  assert.match(await client.sendCommand(["CLIENT", "LIST"]), new RegExp(`name=tester .* resp=${protocol}`));
});

test("strings", async () => {
  const client = await connect();
  assert.equal(await client.set("k", "v", { expiration: { type: "EX", value: 100 } }), "OK");
  assert.equal(await client.get("k"), "v");
  assert.equal(await client.incr("n"), 1);
  assert.deepEqual(await client.mGet(["k", "missing"]), ["v", null]);
  await assert.rejects(client.lPush("k", "x"), /WRONGTYPE/);
});

test("hashes and lists", async () => {
  const client = await connect();
  assert.equal(await client.hSet("h", { a: "1", b: "2" }), 2);
  assert.deepEqual({ ...(await client.hGetAll("h")) }, { a: "1", b: "2" });
  assert.equal(await client.rPush("l", ["a", "b", "c"]), 3);
  assert.deepEqual(await client.lRange("l", 0, -1), ["a", "b", "c"]);
  assert.equal(await client.lMove("l", "m", "LEFT", "RIGHT"), "a");
});

test("commands of one turn are pipelined", async () => {
  const client = await connect();
  const replies = await Promise.all(Array.from({ length: 500 }, () => client.incr("n")));
  assert.deepEqual(replies, Array.from({ length: 500 }, (_, index) => index + 1));
});

test("transactions, and WATCH with a conflict", async () => {
  const client = await connect();
  assert.deepEqual(await client.multi().set("k", "1").incr("k").exec(), ["OK", 2]);
  await client.watch("k");
  await (await connect()).set("k", "theirs");
  await assert.rejects(client.multi().set("k", "ours").exec(), WatchError);
  assert.equal(await client.get("k"), "theirs");
});

test("channels, patterns and shard channels", async () => {
  const subscriber = await connect();
  const publisher = await connect();
  const [channel, pattern, shard] = [heard(), heard(), heard()];
  await subscriber.subscribe("news", channel.listener);
  await subscriber.pSubscribe("n*", pattern.listener);
  await subscriber.sSubscribe("shard", shard.listener);
  assert.equal(await publisher.publish("news", "hello"), 2);
  assert.equal(await publisher.sPublish("shard", "hello"), 1);
  assert.deepEqual(await channel.message, ["hello", "news"]);
  assert.deepEqual(await pattern.message, ["hello", "news"]);
  assert.deepEqual(await shard.message, ["hello", "shard"]);
  await subscriber.unsubscribe("news");
  assert.equal(await publisher.publish("news", "pattern only"), 1);
});

if (protocol === "3") {
  test("a subscriber also sends commands", async () => {
    const client = await connect();
    const channel = heard();
    await client.subscribe("c", channel.listener);
    assert.equal(await client.publish("c", "m"), 1);
    assert.deepEqual(await channel.message, ["m", "c"]);
    assert.equal(await client.set("k", "v"), "OK");
  });
}

test("blocking pops", async () => {
  const client = await connect();
  const popped = (await connect()).blPop(["l1", "l2"], 10);
  await untilBlocked(client, 1);
  await client.rPush("l2", "v");
  assert.deepEqual({ ...(await popped) }, { key: "l2", element: "v" });
  assert.equal(await client.blPop("l1", 0.01), null);
});

test("reconnects, and subscribes again", async () => {
  const client = await connect();
  const subscriber = await connect();
  const channel = heard();
  await subscriber.subscribe("c", channel.listener);
  const ready = new Promise((resolve) => subscriber.once("ready", resolve)); // once() would reject at "error"
  assert.equal(await client.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]), 1);
  await ready;
  while ((await client.pubSubNumSub(["c"])).c !== 1);
  await client.publish("c", "m");
  assert.deepEqual(await channel.message, ["m", "c"]);
});

test("password", async () => {
  assert.equal(await (await connect({}, securedUrl)).ping(), "PONG");
  const stranger = { socket: { reconnectStrategy: false } };
  await assert.rejects(connect(stranger, securedUrl.replace("secret", "wrong")), /WRONGPASS/);
});

test("scan iterators", async () => {
  const client = await connect();
  const keys = Array.from({ length: 500 }, (_, index) => `key:${index}`).sort();
  await client.mSet(keys.flatMap((key) => [key, "v"]));
  await client.hSet("h", Object.fromEntries(keys.map((key) => [key, "v"])));
  const found = new Set();
  for await (const page of client.scanIterator({ MATCH: "key:*", COUNT: 50 })) page.forEach((key) => found.add(key));
  assert.deepEqual([...found].sort(), keys);
  const fields = new Set();
  for await (const page of client.hScanIterator("h")) page.forEach(({ field }) => fields.add(field));
  assert.deepEqual([...fields].sort(), keys);
});

test("client-side caching", { skip: protocol !== "3" && "needs RESP3" }, async () => {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 100, evictPolicy: "LRU" });
  const client = await connect({ clientSideCache: cache });
  const other = await connect();
  await other.set("k", "1");
  assert.equal(await client.get("k"), "1");
  assert.equal(await client.get("k"), "1");
  assert.deepEqual([cache.stats().missCount, cache.stats().hitCount], [1, 1]);
  const invalidated = new Promise((resolve) => cache.once("invalidate", resolve));
  await other.set("k", "2");
  await invalidated;
  assert.equal(await client.get("k"), "2");
  const flushed = new Promise((resolve) => cache.once("invalidate", resolve));
  await other.flushAll();
  await flushed;
  assert.equal(await client.get("k"), null);
});
