// A reverse proxy that publishes a server under a path.

import http from 'node:http';

export class Proxy {
  /** @param {{ port: number }} server @param {string} prefix @param {boolean} removes whether it removes the prefix, or passes it on */
  constructor(server, prefix, removes) {
    this.prefix = prefix;
    /** Paths that were asked for beside the prefix. @type {string[]} */
    this.strays = [];
    this.http = http.createServer((request, response) => {
      const path = request.url ?? '/';
      if (!path.startsWith(`${prefix}/`)) {
        if (path !== '/favicon.ico') this.strays.push(path);
        response.writeHead(404).end();
        return;
      }
      const on = http.request({ port: server.port, method: request.method, path: removes ? path.slice(prefix.length) : path, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      on.on('error', () => response.destroy());
      response.on('close', () => on.destroy());
      request.pipe(on);
    });
  }

  async listen() {
    await new Promise((resolve) => this.http.listen(0, '127.0.0.1', () => resolve(undefined)));
    return this;
  }

  get url() {
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (this.http.address()).port}`;
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}
