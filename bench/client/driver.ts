/** What is pushed: three fields to be delivered, and a time besides where the cost is measured. */
export interface BenchEvent {
  readonly n: number
  readonly plan: 'pro'
  readonly value: number
  readonly at?: string
}

/** An SDK with its default settings, taken as an app takes it. */
export interface Driver {
  push(event: BenchEvent): void
  /** Delivers what is left, as far as the SDK does, and ends it. */
  close(): Promise<unknown>
}

/** A driver whose network answers at once, in the same process. */
export interface StubbedDriver extends Driver {
  /** Bodies of the requests that would have left, as texts. */
  sent(): readonly string[] | Promise<readonly string[]>
}

export interface DriverModule {
  connect(to: { readonly url: string }): Driver | Promise<Driver>
  connectStubbed(): StubbedDriver | Promise<StubbedDriver>
}
