using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads <c>exportTo</c>: the namespaces that see a document.</summary>
internal static class ExportTo
{
    /// <summary>Reads the field and reports what the API server refuses.</summary>
    /// <param name="head">The document.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="isHonoured">Whether somebody looks at it; else a warning says that nobody does.</param>
    /// <param name="mayBeNobody">Whether <c>~</c> is allowed, which is nobody.</param>
    /// <returns>The namespaces, <c>*</c> for all.</returns>
    public static IReadOnlyList<string> Read(DocumentHead head, Fields spec, bool isHonoured = false, bool mayBeNobody = false)
    {
        var seen = new List<string>();
        foreach (var (index, text) in spec.Texts("exportTo").Index())
        {
            var place = spec.Of("exportTo").At(index);
            var name = text == "." ? head.Namespace : text;
            if (name != "*" && !(mayBeNobody && name == "~") && !Hostnames.IsLabel(name))
            {
                spec.Findings.Error("FLD104", place, $"is \"{text}\", which is not a namespace", "write a namespace, \".\" or \"*\"");
            }
            else if (seen.Contains(name))
            {
                spec.Findings.Error("REF309", place, $"names {name} a second time", "remove it");
            }

            seen.Add(name);
        }

        if (seen.Count > 1 && seen.Exists(each => each is "*" or "~"))
        {
            spec.Findings.Error("RUL201", spec.Of("exportTo"), "names all or nobody, and others too", "leave one");
        }

        if (!isHonoured)
        {
            spec.NotSupported("exportTo", "every file given is in force everywhere");
        }

        return seen.Count == 0 ? ["*"] : seen;
    }
}
