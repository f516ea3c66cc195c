import { describe, expect, it } from 'vitest'
import { Field, String } from '../../../shared/types.ts'
import { fields, refusalsOf, service, source, view } from './clicks.ts'

describe('preventDestroy', () => {
  const guarded = source(fields, {}, { preventDestroy: true })
  const broken = [...fields, Field('note', String)]

  it('refuses the deletion and the recreation of what declares it, in a live workspace', () => {
    expect(refusalsOf([guarded], [])).toEqual([
      'The stream source "clicks" may not be deleted: it declares preventDestroy. Apply it with preventDestroy: false first.',
    ])
    const again = source(broken, {}, { preventDestroy: true })
    expect(refusalsOf([guarded], [again])).toEqual([
      expect.stringContaining('may not be recreated: it declares preventDestroy'),
    ])
    expect(refusalsOf([guarded], [], false)).toEqual([])
  })

  it('is lifted in the apply that recreates, and not by a deletion', () => {
    expect(refusalsOf([guarded], [source(broken)])).toEqual([])
    expect(refusalsOf([source()], [source(broken, {}, { preventDestroy: true })])).toEqual([
      expect.stringContaining('may not be recreated'),
    ])
  })

  it('protects all that the object depends on', () => {
    const kept = service(view(), { preventDestroy: true })
    const after = source(broken)
    expect(refusalsOf([kept], [service(view(after), { preventDestroy: true })])).toEqual([
      expect.stringContaining(
        'stream source "clicks" may not be recreated: The feature service "clicks:v1" depends on it',
      ),
      expect.stringContaining('stream feature view "latest" may not be recreated'),
    ])
    expect(refusalsOf([kept], [])).toHaveLength(4)
  })

  it('refuses updates that destroy: a shorter retention, and serving a view no more', () => {
    const brief = { retention: '1d' } as const
    expect(refusalsOf([guarded], [source(fields, brief, { preventDestroy: true })])).toEqual([
      expect.stringContaining('"clicks" may not destroy what it has (Records older than 1d leave'),
    ])
    expect(refusalsOf([guarded], [source(fields, brief)])).toEqual([])
    const kept = service(view(), { preventDestroy: true })
    const offline = view(source(), undefined, { online: false })
    expect(refusalsOf([kept], [service(offline, { preventDestroy: true })])).toEqual([
      expect.stringContaining('"latest" may not destroy what it has'),
    ])
    expect(
      refusalsOf([kept], [service(view(source(fields, brief)), { preventDestroy: true })]),
    ).toEqual([])
  })

  it('allows updates', () => {
    expect(
      refusalsOf([guarded], [source(fields, { partitions: 2 }, { preventDestroy: true })]),
    ).toEqual([])
  })
})
