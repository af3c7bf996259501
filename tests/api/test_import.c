/* Import, compile, evaluate. */
#include "support.h"

FUNCTION1(ImportModule, HPyImport_ImportModule(ctx, text(ctx, a)));
FUNCTION3(Compile_s,
          HPy_Compile_s(ctx, text(ctx, a), text(ctx, b), (HPy_SourceKind)HPyLong_AsLong(ctx, c)));
FUNCTION3(EvalCode, HPy_EvalCode(ctx, a, b, or_null(ctx, c)));

MODULE(import, &m_ImportModule, &m_Compile_s, &m_EvalCode)
