// The push source page.
import { HiveConfig, PushSource } from 'tidegate'
import { Field, Int64, String } from 'tidegate/types'

export const clickEventSource = PushSource({
  name: 'click_event_source',
  schema: [
    Field({ name: 'user_id', dtype: String }),
    Field({ name: 'event_timestamp', dtype: String }),
    Field({ name: 'clicked', dtype: Int64 }),
  ],
  batchConfig: HiveConfig({ database: 'demo_ads', table: 'impressions_batch' }),
  description: 'Sample Push Source for click events',
  owner: 'pooja@tecton.ai',
  tags: { release: 'staging' },
  preventDestroy: false,
})
