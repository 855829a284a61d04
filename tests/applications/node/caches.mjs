// Keyv and cache-manager in Redis: node caches.mjs URL CONTROL

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import KeyvRedis, { createKeyv } from "@keyv/redis";
import { createCache } from "cache-manager";
import Keyv from "keyv";
import { createClient } from "redis";
import { restartServer, url } from "./server.mjs";

let opened = [];

function open(keyv) {
  keyv.on("error", () => {}); // it reconnects by itself
  opened.push(keyv);
  return keyv;
}

afterEach(async () => {
  await Promise.all(opened.map((keyv) => keyv.disconnect()));
  opened = [];
});

test("Keyv: values, times to live and namespaces", async () => {
  const store = new KeyvRedis(url);
  const users = open(new Keyv({ store, namespace: "users" }));
  const others = open(createKeyv(url, { namespace: "others" }));
  await users.set("ada", { age: 36 });
  await users.set("brief", "gone", 50);
  assert.deepEqual(await users.get("ada"), { age: 36 });
  assert.equal(await others.get("ada"), undefined);
  assert.equal(await users.has("ada"), true);
  while (await users.has("brief"));
  await users.setMany([{ key: "a", value: 1 }, { key: "b", value: 2, ttl: 60_000 }]);
  assert.deepEqual(await users.getMany(["a", "b", "c"]), [1, 2, undefined]);
  await others.set("x", 1);
  const found = [];
  for await (const [key] of users.iterator("users")) found.push(key);
  assert.deepEqual(found.toSorted(), ["a", "ada", "b"]);
  assert.equal(await users.delete("a"), true);
  await users.clear();
  assert.equal(await users.get("ada"), undefined);
  assert.equal(await others.get("x"), 1);
});

test("cache-manager: values are computed once, and refreshed", async () => {
  const cache = createCache({ stores: [open(createKeyv(url, { namespace: "cache" }))], ttl: 60_000 });
  let computed = 0;
  const compute = () => cache.wrap("answer", async () => ++computed);
  assert.deepEqual(await Promise.all([compute(), compute()]), [1, 1]);
  assert.equal(await compute(), 1);
  await cache.mset([{ key: "a", value: 1 }, { key: "b", value: "two", ttl: 1_000 }]);
  assert.deepEqual(await cache.mget(["a", "b", "c"]), [1, "two", undefined]);
  const client = await createClient({ url }).connect();
  const time = await client.pTTL("cache::b");
  assert.ok(time > 0 && time <= 1_000, time);
  client.destroy();
  await cache.del("answer");
  assert.equal(await compute(), 2);
  await cache.clear();
  assert.equal(await cache.get("a"), undefined);
});

test("Keyv goes on when the server has restarted", async () => {
  const keyv = open(createKeyv(url));
  await keyv.set("k", "before");
  await restartServer();
  while ((await keyv.get("k").catch(() => "lost")) !== undefined);
  await keyv.set("k", "after");
  assert.equal(await keyv.get("k"), "after");
});
