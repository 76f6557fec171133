using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Runs.Converting;
using Parallax.Runs.Running;
using Parallax.Traffic.Redaction;

namespace Parallax.Cli.Output;

/// <summary>Says on standard error what came of a conversion.</summary>
internal static class ConversionText
{
    public static void Write(ConversionAccount account, string input, string output)
    {
        if (!account.WasClosed)
        {
            Console.Error.WriteLine(
                $"parallax: warning: {input} was not closed: its writer was killed, or still writes, or it was cut");
        }

        // Two halves of one exchange that do not find each other are two of these.
        var missing = AccountLine.List([("without a request", account.WithoutRequest), ("without a response", account.WithoutResponse)]);
        var all = account.Written + account.Refused + account.NotSelected;
        var share = account.NotSelected > 0 ? $" of {NumberText.Count(all)}" : "";
        Console.Error.WriteLine($"parallax: {NumberText.Count(account.Written)}{share} exchanges written to {output}, "
            + NumberText.Size(account.Bytes) + (missing.Length > 0 ? $"; of these {missing}" : ""));
        if (account.Written == 0 && account.NotSelected > 0)
        {
            Console.Error.WriteLine("parallax: warning: the selection fits none of them; inspect --list shows their numbers and times");
        }

        Warn(account.Refused, "exchanges left out, because "
            + (account.Format == RecordingFormat.Har ? "they have no request" : "the format cannot carry what is in them"));
        foreach (var (count, reason) in account.LeftOut.Select((count, reason) => (count, (LeftOutReason)reason)))
        {
            Warn(count, reason == LeftOutReason.BodyNotInFile
                ? $"{LeftOutReasons.TextOf(reason)}; they are incomplete"
                : $"entries left out: {LeftOutReasons.TextOf(reason)}");
        }

        WarnOfWithheld(account.Withheld);
        if (account.Redaction == RedactionState.Raw)
        {
            Console.Error.WriteLine($"parallax: warning: {output} holds secrets as they were; only its owner can read it");
        }
    }

    private static void WarnOfWithheld(IReadOnlyList<long> withheld) =>
        Warn(withheld.Sum(), "bodies or parts of bodies withheld, because they cannot be looked into for secrets: "
            + AccountLine.List(withheld.Select((count, reason) => (WithheldCounters.NameOf((WithheldReason)reason), count)))
            + (withheld.Count > 0 && withheld[(int)WithheldReason.Opaque] > 0 ? "; --keep-opaque keeps what is not text" : ""));

    private static void Warn(long count, string what)
    {
        if (count > 0)
        {
            Console.Error.WriteLine($"parallax: warning: {NumberText.Count(count)} {what}");
        }
    }
}
