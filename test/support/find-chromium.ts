import { access } from 'node:fs/promises'

const systemPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** What the package asks for and users' browsers do not have: with it, any page may read any reply. */
const lawless = ['--disable-web-security', '--allow-running-insecure-content']

/**
 * Finds a Chromium for the browser tests: `CHROMIUM_PATH`, one of the system, else the one inside the npm
 * package, unpacked once. Throws a sentence that says what to do when there is none.
 */
export async function findChromium(): Promise<{ executablePath: string; args: string[] }> {
  const args = [
    '--no-sandbox',
    '--disable-component-update',
    '--disable-background-networking',
    '--disable-quic',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
  ]
  for (const path of [process.env.CHROMIUM_PATH, ...systemPaths]) {
    if (path !== undefined && path !== '' && (await exists(path))) {
      return { executablePath: path, args }
    }
  }
  // Makes the package bring its own NSS libraries where the system has none.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x'
  try {
    const { default: chromium } = await import('@sparticuz/chromium')
    const own = chromium.args.filter(arg => !lawless.includes(arg))
    return { executablePath: await chromium.executablePath(), args: [...own, ...args] }
  } catch (cause) {
    throw new Error(
      'No Chromium was found for the browser tests. Install one (Debian: apt-get install chromium) or set CHROMIUM_PATH to a Chrome or Chromium.',
      { cause },
    )
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
