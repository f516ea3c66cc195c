export { GatewayError } from '../workspace/gateway-error.ts'
export { EngineError } from './engine.ts'
export type { EventList } from './event-list.ts'
export { type BadEvent, EventListError } from './event-list-error.ts'
export {
  type EventsOptions,
  type OfflineOptions,
  type OfflineWorkspace,
  openOffline,
  type TimeRange,
  type TrainingOptions,
} from './offline.ts'
export type { Progress } from './progress.ts'
export type { TrainingFrame, TrainingRow } from './training-frame.ts'
export type { TrainingTarget } from './training-views.ts'
