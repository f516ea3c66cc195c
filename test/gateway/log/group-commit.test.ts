import { describe, expect, it } from 'vitest'
import { createGroupCommit } from '../../../gateway/log/group-commit.ts'

describe('group commit', () => {
  it('stores what arrives while a write is confirmed as one group, in order', async () => {
    const groups: (readonly number[])[] = []
    const { append } = createGroupCommit<number, number>(
      group => {
        groups.push(group)
        return group.map(message => message * 2)
      },
      () => new Promise(resolve => setTimeout(resolve, 1)),
    )
    expect(await Promise.all([1, 2, 3].map(append))).toEqual([2, 4, 6])
    expect(groups).toEqual([[1], [2, 3]])
  })

  it('fails each message of a group that cannot be stored, and goes on with the next', async () => {
    const { append } = createGroupCommit<number, number>(
      group => {
        if (group.includes(2)) throw new Error('no room')
        return group
      },
      () => Promise.resolve(),
    )
    const [first, ...others] = await Promise.allSettled([1, 2, 3].map(append))
    expect(first).toEqual({ status: 'fulfilled', value: 1 })
    expect(others.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await append(4)).toBe(4)
  })

  it('resolves nothing before the write is confirmed', async () => {
    let confirm = () => {}
    const confirmed = new Promise<void>(resolve => {
      confirm = resolve
    })
    const { append } = createGroupCommit<number, number>(
      group => group,
      () => confirmed,
    )
    let done = false
    const stored = append(1).then(() => {
      done = true
    })
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(done).toBe(false)
    confirm()
    await stored
    expect(done).toBe(true)
  })
})
