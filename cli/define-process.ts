import { pathToFileURL } from 'node:url'
import * as v from 'valibot'
import { canonicalJson, workspaceDefinitions } from '../shared/workspace-definitions.ts'
import { sentenceOf } from './cli-error.ts'
import { type Asked, askedSchema, type Said } from './define-protocol.ts'
import { describeImportFailure } from './describe-import-failure.ts'
import { findNameClash, gatherDefinitions, type ReadModule } from './gather-definitions.ts'

/**
 * Imports definitions in a process of its own, which its parent ends where a module blocks it for ever. Modules may
 * print: what is said goes over the channel.
 */
async function define({ workspace, shown, root, files, allowEmpty }: Asked): Promise<Said> {
  const modules: ReadModule[] = []
  for (const file of files) {
    await say({ what: 'importing', file })
    try {
      const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href)
      modules.push({ file, values: Object.values(module) })
    } catch (error) {
      return failed(describeImportFailure(error, file, { root, shown }))
    }
  }
  try {
    const gathered = gatherDefinitions(modules)
    const clash = findNameClash(gathered, { root, shown })
    if (clash !== undefined) return failed(clash)
    if (gathered.length === 0 && !allowEmpty) {
      return failed(
        `${shown} exports no definitions: export what StreamSource, Entity and the others gave. To take away all that a workspace has, say --allow-empty.`,
      )
    }
    const objects = gathered.map(({ object }) => object)
    const definitions = workspaceDefinitions({ name: workspace, live: true }, objects)
    return { what: 'defined', json: canonicalJson(definitions), objects: objects.length }
  } catch (error) {
    return failed(`The definitions in ${shown} are invalid. ${sentenceOf(error)}`)
  }
}

function failed(sentence: string): Said {
  return { what: 'failed', sentence }
}

/** Resolves when the message has left: what follows may block this process. */
function say(message: Said): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('This program is started by tidegate.')
    process.send(message, undefined, {}, error => (error === null ? resolve() : reject(error)))
  })
}

// A module that keeps timers or sockets open must not outlive a parent that died.
process.on('disconnect', () => process.exit())

// The listener keeps this process until its parent, which has read all that was said, ends it.
process.on('message', async message => {
  await say(await define(v.parse(askedSchema, message)))
})
