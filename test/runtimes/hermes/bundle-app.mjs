import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getDefaultConfig, mergeConfig } from '@react-native/metro-config'
import { runBuild } from 'metro'

// Bundles an app as React Native's own Metro configuration does: `bundle-app.mjs ENTRY OUT FOLDER…`, the folders
// being those that it may read besides. Only react-native itself, whose half is the device, does not come along.
const [entry, out, ...watchFolders] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

const config = mergeConfig(getDefaultConfig(dirname(entry)), {
  watchFolders: [dirname(entry), here, ...watchFolders],
  resolver: { useWatchman: false, nodeModulesPaths: [join(here, 'node_modules')] },
  serializer: { getModulesRunBeforeMainModule: () => [] },
  transformer: {
    asyncRequireModulePath: require.resolve('metro-runtime/src/modules/asyncRequire'),
    // No images are in it.
    assetRegistryPath: 'missing-asset-registry-path',
  },
  reporter: { update() {} },
  resetCache: true,
  maxWorkers: 2,
})
await runBuild(config, { entry, out, dev: false, minify: false, platform: 'ios', sourceMap: false })
