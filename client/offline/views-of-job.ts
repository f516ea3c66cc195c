import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import type { AnySource } from '../../shared/definitions/stream-source.ts'
import { makeTransformed, rowsName, transformedName } from './sql/source-rows.ts'
import type { TrainingView } from './sql/training-view.ts'
import { trainingView, transformationOf } from './training-views.ts'

/** The sources of views, each once. */
export function sourcesOf(views: readonly FeatureViewDefinition[]): readonly AnySource[] {
  return [...new Map(views.map(({ source }) => [source.name, source])).values()]
}

/** Gives views as SQL is made of them, over the rows of {@link sourcesOf}; with what makes rows of a view's own. */
export function viewsOfJob(
  views: readonly FeatureViewDefinition[],
): readonly { readonly view: TrainingView; readonly before: readonly string[] }[] {
  const names = sourcesOf(views).map(({ name }) => name)
  return views.map((view, at) => {
    const rows = rowsName(names.indexOf(view.source.name))
    const translator = transformationOf(view)
    if (translator === undefined) return { view: trainingView(view, rows), before: [] }
    const before = [makeTransformed(at, rows, translator)]
    return { view: trainingView(view, transformedName(at)), before }
  })
}
