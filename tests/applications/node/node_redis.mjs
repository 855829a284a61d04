// What programs do with node-redis beyond single commands: node node_redis.mjs URL CONTROL

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { createClient, createClientPool, defineScript, RESP_TYPES } from "redis";
import { restartServer, url } from "./server.mjs";

let clients = [];

async function connect(options = {}) {
  const client = createClient({ url, ...options });
  client.on("error", () => {}); // it reconnects by itself
  clients.push(client);
  return client.connect();
}

beforeEach(async () => (await connect()).flushAll());

afterEach(() => {
  clients.forEach((client) => client.destroy());
  clients = [];
});

test("scripts and functions of one's own", async () => {
  const add = defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
    parseCommand(parser, key, number) {
      parser.pushKey(key);
      parser.push(String(number));
    },
    transformReply: (reply) => reply,
  });
  const twice = {
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key) {
      parser.pushKey(key);
    },
    transformReply: (reply) => reply,
  };
  const client = await connect({ scripts: { add }, functions: { library: { twice } } });
  assert.equal(await client.add("n", 2), 2);
  await client.scriptFlush();
  assert.equal(await client.add("n", 3), 5);
  assert.deepEqual(await client.multi().add("n", 1).add("n", 1).exec(), [6, 7]);
  await client.functionLoad(
    "#!lua name=library\nredis.register_function('twice', function(keys) return redis.call('INCRBY', keys[1], redis.call('GET', keys[1])) end)",
  );
  assert.equal(await client.library.twice("n"), 14);
  assert.equal((await client.functionList())[0].library_name, "library");
  assert.equal(await client.eval("return #KEYS + #ARGV", { keys: ["a"], arguments: ["b", "c"] }), 3);
});

test("transactions and pipelines", async () => {
  const client = await connect();
  const [set, n, all] = await client.multi().set("n", "1").incr("n").hSet("h", "f", "v").execAsPipeline();
  assert.deepEqual([set, n, all], ["OK", 2, 1]);
  await assert.rejects(client.multi().set("k", "v").incr("k").exec(), (error) => {
    assert.match(error.replies[1].message, /not an integer/);
    return error.errorIndexes.length === 1;
  });
  assert.equal(await client.get("k"), "v");
});

test("bytes, numbers and objects as they are wanted", async () => {
  const client = await connect();
  const bytes = Buffer.from([0, 255, 13, 10]);
  await client.set("b", bytes);
  const inBytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  assert.deepEqual(await inBytes.get("b"), bytes);
  await client.zAdd("z", [{ score: 1.5, value: "a" }, { score: Infinity, value: "b" }]);
  assert.deepEqual(await client.zRangeWithScores("z", 0, -1), [{ value: "a", score: 1.5 }, { value: "b", score: Infinity }]);
  await client.xAdd("s", "1-1", { f: "v" });
  const [stream] = await client.xRead({ key: "s", id: "0" });
  assert.deepEqual({ ...stream.messages[0].message }, { f: "v" });
});

test("a pool, and connections of its own for what blocks", async () => {
  const pool = await createClientPool({ url }, { minimum: 1, maximum: 5 }).connect();
  const popped = pool.blPop("l", 5);
  assert.deepEqual(await Promise.all(Array.from({ length: 50 }, () => pool.incr("n"))).then((all) => Math.max(...all)), 50);
  await pool.rPush("l", "v");
  assert.deepEqual({ ...(await popped) }, { key: "l", element: "v" });
  assert.equal(await pool.execute(async (client) => {
    await client.watch("n");
    return (await client.multi().incr("n").exec())[0];
  }), 51);
  await pool.close();
});

test("iterators of keys, sets and sorted sets", async () => {
  const client = await connect();
  const names = Array.from({ length: 300 }, (_, index) => `m${index}`);
  await client.sAdd("set", names);
  await client.zAdd("zset", names.map((value, score) => ({ value, score })));
  const [members, ranked] = [new Set(), new Set()];
  for await (const page of client.sScanIterator("set", { COUNT: 20 })) page.forEach((member) => members.add(member));
  for await (const page of client.zScanIterator("zset", { MATCH: "m1*" })) page.forEach(({ value }) => ranked.add(value));
  assert.deepEqual([members.size, ranked.size], [300, 111]);
});

test("a command that takes too long is given up", async () => {
  const client = await connect();
  await assert.rejects(client.withAbortSignal(AbortSignal.abort()).get("k"));
  await assert.rejects(connect({ socket: { socketTimeout: 50, reconnectStrategy: false } }).then((other) => other.blPop("none", 0)));
});

test("commands and subscriptions go on when the server has restarted", async () => {
  const client = await connect({ database: 3 });
  const subscriber = await connect();
  const messages = [];
  const listener = (message, channel) => messages.push([channel, message]);
  await subscriber.subscribe("c", listener);
  await subscriber.pSubscribe("p*", listener);
  await subscriber.sSubscribe("s", listener);
  const reconnecting = new Promise((resolve) => client.once("reconnecting", resolve));
  const restarted = restartServer();
  await reconnecting;
  const waiting = client.set("k", "v");
  await restarted;
  assert.equal(await waiting, "OK");
  assert.match(await client.info("keyspace"), /db3:keys=1/);
  while ((await client.pubSubNumSub(["c"])).c !== 1);
  while ((await client.pubSubNumPat()) !== 1);
  while ((await client.pubSubShardNumSub(["s"])).s !== 1);
  await client.publish("c", "1");
  await client.publish("p1", "2");
  await client.sPublish("s", "3");
  while (messages.length < 3) await client.ping();
  assert.deepEqual(messages.sort(), [["c", "1"], ["p1", "2"], ["s", "3"]]);
});
