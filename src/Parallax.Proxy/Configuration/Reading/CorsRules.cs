using Parallax.Documents;

namespace Parallax.Proxy.Configuration.Reading;

/// <summary>Checks what both dialects refuse of cross-origin rules.</summary>
internal static class CorsRules
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"];

    /// <summary>Checks the names of methods and headers.</summary>
    /// <param name="fields">The rules.</param>
    /// <param name="mayBeAnything">Whether <c>*</c> may stand among others.</param>
    public static void CheckNames(Fields fields, bool mayBeAnything)
    {
        CheckEach(fields, "allowMethods", mayBeAnything, Methods.Contains, "methods are written in capitals");
        CheckEach(fields, "allowHeaders", mayBeAnything, HeadTexts.IsToken, "write names of headers");
        CheckEach(fields, "exposeHeaders", mayBeAnything, HeadTexts.IsToken, "write names of headers");
    }

    private static void CheckEach(Fields fields, string key, bool mayBeAnything, Func<string, bool> isRight, string remedy)
    {
        var names = fields.Texts(key);
        var before = new HashSet<string>();
        foreach (var (index, name) in names.Index())
        {
            var place = fields.Of(key).At(index);
            if (!isRight(name))
            {
                fields.Findings.Error("FLD104", place, $"is \"{name}\"", remedy);
            }
            else if (!mayBeAnything && !before.Add(name))
            {
                fields.Findings.Error("REF309", place, $"names {name} a second time", "remove it");
            }
        }

        if (!mayBeAnything && names.Count > 1 && names.Contains("*"))
        {
            fields.Findings.Error("RUL201", fields.Of(key), "holds * and others", "write * alone");
        }
    }
}
