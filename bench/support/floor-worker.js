import { DurableObject } from 'cloudflare:workers'

/** The floor: parses the same body and stores it as one row, with one sync; checks and serves nothing. */
export class Floor extends DurableObject {
  constructor(state, env) {
    super(state, env)
    this.sql = state.storage.sql
    this.sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  }

  async store(body) {
    this.sql.exec('INSERT INTO rows (body) VALUES (?)', body)
  }
}

const worker = {
  async fetch(request, env) {
    const body = await request.text()
    const { records } = JSON.parse(body)
    await env.FLOOR.getByName('floor').store(body)
    return Response.json({ records: Object.keys(records).length })
  },
}

export default worker
