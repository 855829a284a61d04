// Sessions of Express in Redis, with connect-redis: node sessions.mjs URL CONTROL

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { createClient } from "redis";
import { restartServer, url } from "./server.mjs";

let client, listener, store;

before(async () => {
  client = createClient({ url });
  client.on("error", () => {}); // it reconnects by itself
  await client.connect();
  store = new RedisStore({ client, prefix: "shop:", ttl: 600 });
  const app = express();
  app.use(session({ store, secret: "s", resave: false, saveUninitialized: false }));
  app.post("/login/:user", (request, response) => {
    request.session.regenerate(() => {
      request.session.user = request.params.user;
      response.end();
    });
  });
  app.get("/", (request, response) => {
    if (request.session.user) request.session.visits = (request.session.visits ?? 0) + 1;
    response.json({ user: request.session.user, visits: request.session.visits });
  });
  app.post("/short", (request, response) => {
    request.session.cookie.maxAge = 5_000;
    response.end();
  });
  app.post("/logout", (request, response) => request.session.destroy(() => response.end()));
  listener = app.listen(0, "127.0.0.1");
  await once(listener, "listening");
});

after(() => {
  listener.close();
  listener.closeAllConnections();
  client.destroy();
});

// A browser with one cookie.
function browser() {
  const headers = {};
  return async (method, path) => {
    const response = await fetch(`http://127.0.0.1:${listener.address().port}${path}`, { method, headers });
    assert.equal(response.status, 200);
    const [cookie] = response.headers.getSetCookie();
    if (cookie) headers.cookie = cookie.split(";")[0];
    return response;
  };
}

test("a visitor logs in, is recognised, and logs out", async () => {
  const [ada, bob] = [browser(), browser()];
  assert.deepEqual(await (await ada("GET", "/")).json(), {});
  assert.equal(await client.dbSize(), 0);
  await ada("POST", "/login/ada");
  await bob("POST", "/login/bob");
  assert.deepEqual(await (await ada("GET", "/")).json(), { user: "ada", visits: 1 });
  assert.deepEqual(await (await ada("GET", "/")).json(), { user: "ada", visits: 2 });
  assert.deepEqual(await (await bob("GET", "/")).json(), { user: "bob", visits: 1 });
  const keys = await client.keys("shop:*");
  assert.equal(keys.length, 2);
  for (const key of keys) assert.ok((await client.ttl(key)) > 590);
  await ada("POST", "/logout");
  assert.deepEqual(await (await ada("GET", "/")).json(), {});
  assert.equal(await client.dbSize(), 1);
});

test("a session lives as long as its cookie", async () => {
  const visitor = browser();
  await visitor("POST", "/login/eve");
  await visitor("POST", "/short");
  const times = await Promise.all((await client.keys("shop:*")).map((key) => client.ttl(key)));
  assert.equal(times.filter((seconds) => seconds > 0 && seconds <= 5).length, 1);
});

test("what a store can do besides", async () => {
  const call = (name, ...words) =>
    new Promise((resolve, reject) => store[name](...words, (error, value) => (error ? reject(error) : resolve(value))));
  await call("clear");
  assert.equal(await call("length"), 0);
  for (const id of ["a", "b", "c"]) await call("set", id, { cookie: {}, id });
  assert.deepEqual((await call("ids")).toSorted(), ["a", "b", "c"]);
  assert.deepEqual((await call("all")).map((one) => one.id).toSorted(), ["a", "b", "c"]);
  await call("touch", "a", { cookie: { expires: new Date(Date.now() + 5_000) } });
  assert.ok((await client.ttl("shop:a")) <= 5);
  await call("destroy", "a");
  assert.equal(await call("get", "a"), null);
  assert.equal(await call("length"), 2);
});

test("visitors log in again when the server has restarted", async () => {
  const visitor = browser();
  await visitor("POST", "/login/ada");
  await restartServer();
  assert.deepEqual(await (await visitor("GET", "/")).json(), {});
  await visitor("POST", "/login/ada");
  assert.deepEqual(await (await visitor("GET", "/")).json(), { user: "ada", visits: 1 });
});
