import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'

export function connect({ url }) {
  return driverOf(new OTLPLogExporter({ url: `${url}/v1/logs` }))
}

export function connectStubbed() {
  const bodies = []
  const exporter = new OTLPLogExporter({ url: 'http://127.0.0.1:1/v1/logs' })
  // All of the exporter but its socket: the transport is asked for by nobody else.
  if (exporter._delegate?._transport?.send === undefined) throw new Error('No transport to stub.')
  exporter._delegate._transport = {
    send: async body => {
      bodies.push(body)
      return { status: 'success' }
    },
    shutdown() {},
  }
  return { ...driverOf(exporter), sent: () => bodies.map(body => new TextDecoder().decode(body)) }
}

function driverOf(exporter) {
  const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
  const logger = provider.getLogger('bench')
  return {
    push: event => logger.emit({ eventName: 'event', attributes: event }),
    close: () => provider.shutdown(),
  }
}
