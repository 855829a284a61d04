// The server that a script was started for: node SCRIPT URL CONTROL ...

const [url, control] = process.argv.slice(2);

export { url };
export const { hostname: host, port } = new URL(url);

// End the server and start it again, empty, on the same port.
export async function restartServer() {
  const response = await fetch(control, { method: "POST" });
  if (!response.ok) throw new Error(await response.text());
}
