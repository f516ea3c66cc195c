import { DurableObject } from 'cloudflare:workers'

/** The floor: stores a body as one user's row, with one sync, and reads it back; checks and computes nothing. */
export class Rows extends DurableObject {
  constructor(state, env) {
    super(state, env)
    this.sql = state.storage.sql
    this.sql.exec('CREATE TABLE IF NOT EXISTS rows (user TEXT PRIMARY KEY, body TEXT NOT NULL)')
  }

  async store(user, body) {
    this.sql.exec('INSERT OR REPLACE INTO rows (user, body) VALUES (?, ?)', user, body)
  }

  async read(user) {
    return this.sql.exec('SELECT body FROM rows WHERE user = ?', user).toArray()[0]?.body ?? null
  }
}

const worker = {
  async fetch(request, env) {
    const rows = env.ROWS.getByName('rows')
    const { user, record } = JSON.parse(await request.text())
    if (record === undefined) return Response.json({ body: await rows.read(user) })
    await rows.store(user, JSON.stringify(record))
    return Response.json({ stored: 1 })
  },
}

export default worker
