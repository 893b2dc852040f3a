"use strict";
// Loaded before a client's own code: names and connections other than this machine's own are refused.
const dns = require("node:dns");
const net = require("node:net");
const util = require("node:util");

const LOCAL = /^(localhost|::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;

function refusal(host) {
  return Object.assign(new Error(`only this machine is reachable here, not ${host}`), { code: "ENOTFOUND" });
}

const lookup = dns.lookup;
dns.lookup = function (host, options, callback) {
  if (LOCAL.test(host)) return lookup.apply(this, arguments);
  process.nextTick(callback ?? options, refusal(host));
  return {};
};
const later = dns.promises.lookup;
dns.promises.lookup = async (host, ...rest) => {
  if (LOCAL.test(host)) return later.call(dns.promises, host, ...rest);
  throw refusal(host);
};
dns.lookup[util.promisify.custom] = dns.promises.lookup;
for (const name of Object.keys(dns).filter((one) => one.startsWith("resolve"))) {
  dns[name] = (host, ...rest) => process.nextTick(rest.at(-1), refusal(host));
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = typeof first === "object" ? (first.host ?? first.path ?? "localhost") : (given[1] ?? "localhost");
  const local = typeof host !== "string" || LOCAL.test(host) || host.startsWith("/") || first.path;
  if (local) return connect.apply(this, given);
  process.nextTick(() => this.destroy(refusal(host)));
  return this;
};
