import { runtimeHere } from './runtime-name.ts'

/** Is loaded before each test file: fails those that run in another runtime than was asked for. */
const { TIDEGATE_RUNTIME: wanted } = process.env
const { runtime } = runtimeHere()
if (runtime !== wanted) throw new Error(`This is ${runtime}, and not ${wanted}.`)
