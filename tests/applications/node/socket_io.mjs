// Two socket.io servers that Redis connects: node socket_io.mjs URL CONTROL ADAPTER

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { Emitter } from "@socket.io/redis-emitter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { Server } from "socket.io";
import { io as connectTo } from "socket.io-client";
import { restartServer, url } from "./server.mjs";

const kind = process.argv[4];
const redisClients = [];
let [servers, clients, sockets] = [[], [], []];

const RECOVERY = kind.startsWith("streams") ? { connectionStateRecovery: {} } : {};

async function openNodeRedis(options = {}) {
  const client = createClient({ url, ...options });
  client.on("error", () => {}); // it reconnects by itself
  redisClients.push(client);
  return client.connect();
}

function openIoredis() {
  const client = new Redis(url);
  client.on("error", () => {});
  redisClients.push({ close: () => client.quit() });
  return client;
}

// Each kind with the clients that its manual shows.
const ADAPTERS = {
  classic: async () => createAdapter(await openNodeRedis(), await openNodeRedis()),
  "classic-ioredis": async () => createAdapter(openIoredis(), openIoredis()),
  sharded: async () => createShardedAdapter(await openNodeRedis({ RESP: 3 }), await openNodeRedis({ RESP: 3 })),
  "sharded-ioredis": async () => createShardedAdapter(openIoredis(), openIoredis()),
  streams: async () => createStreamsAdapter(await openNodeRedis(), { blockTimeInMs: 200 }),
  "streams-ioredis": async () => createStreamsAdapter(openIoredis(), { blockTimeInMs: 200 }),
};

// What somebody hears, without the place in the stream that is added where missed messages can be had.
async function heard(emitter, event) {
  const words = await once(emitter, event);
  return words.filter((word) => !/^\d+-\d+$/.test(word));
}

before(async () => {
  for (let index = 0; index < 2; index++) {
    const http = createServer();
    const server = new Server(http, { adapter: await ADAPTERS[kind](), ...RECOVERY });
    server.on("connection", (socket) => socket.on("echo", (word, reply) => reply(`${index}:${word}`)));
    await once(http.listen(0, "127.0.0.1"), "listening");
    const client = connectTo(`http://127.0.0.1:${http.address().port}`, { transports: ["websocket"] });
    const [socket] = await once(server, "connection");
    if (!client.connected) await once(client, "connect");
    servers.push(server);
    clients.push(client);
    sockets.push(socket);
  }
  // The servers have to know of each other: they do once both of their sockets are seen from both.
  for (const server of servers) while (await bothSeenFrom(server).then((both) => !both));
});

async function bothSeenFrom(server) {
  return (await server.fetchSockets().catch(() => [])).length === 2;
}

after(async () => {
  clients.forEach((client) => client.disconnect());
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(redisClients.map((client) => client.close()));
});

test("a client is answered by its server", async () => {
  assert.equal(await clients[0].emitWithAck("echo", "hello"), "0:hello");
  assert.equal(await clients[1].emitWithAck("echo", "hello"), "1:hello");
});

test("a broadcast reaches the clients of both servers, text and bytes", async () => {
  const everybody = Promise.all(clients.map((client) => heard(client, "news")));
  servers[0].emit("news", "hello", { n: 1 }, Buffer.from([0, 255, 13, 10]));
  for (const words of await everybody) assert.deepEqual(words, ["hello", { n: 1 }, Buffer.from([0, 255, 13, 10])]);
});

test("a socket's broadcast reaches the others only", async () => {
  clients[0].once("others", () => assert.fail("it came back"));
  const other = heard(clients[1], "others");
  sockets[0].broadcast.emit("others", 1);
  assert.deepEqual(await other, [1]);
  clients[0].off("others");
});

test("rooms, joined from afar, left and excluded", async () => {
  await sockets[1].join("room");
  const inside = heard(clients[1], "inside");
  clients[0].once("inside", () => assert.fail("this client is not in the room"));
  servers[0].to("room").emit("inside", "members only");
  assert.deepEqual(await inside, ["members only"]);
  const outside = heard(clients[0], "outside");
  clients[1].once("outside", () => assert.fail("this client is in the room"));
  servers[1].except("room").emit("outside", "the others");
  assert.deepEqual(await outside, ["the others"]);
  servers[0].in(sockets[1].id).socketsJoin("second");
  while ((await servers[0].in("second").fetchSockets()).length !== 1);
  servers[0].in("second").socketsLeave("second");
  while ((await servers[0].in("second").fetchSockets()).length !== 0);
  assert.deepEqual(await servers[0].of("/").adapter.sockets(new Set(["none"])), new Set());
});

test("private messages to a socket of the other server", async () => {
  const message = heard(clients[1], "private");
  servers[0].to(sockets[1].id).emit("private", "psst");
  assert.deepEqual(await message, ["psst"]);
});

test("all sockets are seen from each server, with their data", async () => {
  sockets[1].data.user = "Ada";
  const found = await servers[0].fetchSockets();
  assert.deepEqual(found.map((socket) => socket.id).toSorted(), sockets.map((socket) => socket.id).toSorted());
  assert.equal(found.find((socket) => socket.id === sockets[1].id).data.user, "Ada");
  const remote = found.find((socket) => socket.id === sockets[1].id);
  const message = heard(clients[1], "remote");
  remote.emit("remote", 1);
  assert.deepEqual(await message, [1]);
});

test("servers speak to each other, and answer", async () => {
  const hello = heard(servers[1], "hello");
  servers[0].serverSideEmit("hello", "from 0");
  assert.deepEqual(await hello, ["from 0"]);
  servers[1].once("sum", (a, b, reply) => reply(a + b));
  assert.deepEqual(await servers[0].serverSideEmitWithAck("sum", 1, 2), [3]);
});

test("a broadcast with acknowledgements from everybody", async () => {
  clients.forEach((client, index) => client.once("ask", (reply) => reply(index)));
  const answers = await servers[0].timeout(500).emitWithAck("ask");
  assert.deepEqual(answers.toSorted(), [0, 1]);
});

test("namespaces are apart", async () => {
  for (const server of servers) server.of("/admin");
  const client = clients[1].io.socket("/admin");
  if (!client.connected) await once(client, "connect");
  while ((await servers[0].of("/admin").fetchSockets().catch(() => [])).length !== 1);
  clients[1].once("admin", () => assert.fail("the wrong namespace"));
  const message = heard(client, "admin");
  servers[0].of("/admin").emit("admin", 1);
  assert.deepEqual(await message, [1]);
  client.disconnect();
});

test("a process without socket.io emits", { skip: !kind.startsWith("classic") && "it speaks to the classic adapter" }, async () => {
  const emitter = new Emitter(openIoredis());
  const everybody = Promise.all(clients.map((client) => heard(client, "emitted")));
  emitter.emit("emitted", "from outside");
  for (const words of await everybody) assert.deepEqual(words, ["from outside"]);
  emitter.in(sockets[0].id).socketsJoin("late");
  while ((await servers[1].in("late").fetchSockets()).length !== 1);
  const late = heard(clients[0], "late");
  emitter.to("late").emit("late", Buffer.from([1]));
  assert.deepEqual(await late, [Buffer.from([1])]);
  const told = heard(servers[1], "told");
  emitter.serverSideEmit("told", 1);
  assert.deepEqual(await told, [1]);
});

test("a client that lost its connection gets what it missed", { skip: !kind.startsWith("streams") && "streams remember" }, async () => {
  const received = [];
  clients[1].on("remembered", (word) => received.push(word));
  const first = once(clients[1], "remembered");
  servers[0].emit("remembered", 1);
  await first;
  const gone = once(sockets[1], "disconnect");
  clients[1].io.engine.close();
  await gone;
  servers[0].emit("remembered", 2);
  const [socket] = await once(servers[1], "connection");
  sockets[1] = socket;
  while (received.length < 2) await once(clients[1], "remembered");
  assert.deepEqual([clients[1].recovered, received], [true, [1, 2]]);
});

test("broadcasts go on when the server has restarted", async () => {
  await restartServer();
  for (const [from, to] of [[0, 1], [1, 0]]) {
    let arrived = false;
    clients[to].on(`again ${from}`, () => (arrived = true));
    // What is said before everybody has come back is lost, as with any server.
    for (let tries = 0; !arrived; tries++) {
      assert.ok(tries < 500);
      servers[from].emit(`again ${from}`, tries);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  while (!(await bothSeenFrom(servers[0])));
});
