// Remarks about what handlers do, each with its place: the hints that are read from their text, in sentences.

import { ProcessorError } from '../../errors/processor-error.js';
import type { FoundProcessor } from '../discover.js';
import type { LoadedModule } from '../load-modules.js';
import type { Finding } from './finding.js';
import { type Hint, hintsIn, variablesOf } from './handler-hints.js';
import { beginningOf, type CompiledModules } from './place.js';

export function handlerFindings(
  { processor }: FoundProcessor,
  module: LoadedModule,
  compiled: CompiledModules,
): readonly Finding[] {
  return processor.topology.subtopologies.flatMap(({ source }) => {
    const found = compiled.function(module, source.handler.handle);
    if (found === undefined) return [];
    return hintsIn(found.code, variablesOf(found.moduleCode)).map(
      (hint): Finding => ({
        level: 'warning',
        error: sentence(processor.name, hint),
        place: found.place(hint.at) ?? beginningOf(module.path),
      }),
    );
  });
}

function sentence(processor: string, { kind, what }: Hint): ProcessorError {
  switch (kind) {
    case 'unrepeatable':
      return new ProcessorError('PRC_HANDLER_UNREPEATABLE', { processor, what });
    case 'outliving':
      return new ProcessorError('PRC_HANDLER_OUTLIVING_STATE', { processor, variable: what });
    case 'not-awaited':
      return new ProcessorError('PRC_HANDLER_NOT_AWAITED', { processor, what });
  }
}
