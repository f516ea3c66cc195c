import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'

const exporter = new OTLPLogExporter({ url: 'https://gateway.example/v1/logs' })
const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
const logger = provider.getLogger('clicks')

export const push = attributes => logger.emit({ eventName: 'click', attributes })
