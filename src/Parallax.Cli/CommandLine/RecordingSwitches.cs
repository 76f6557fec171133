using System.CommandLine;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Traffic.Policy;

namespace Parallax.Cli.CommandLine;

/// <summary>The options of <c>--record</c>: where to, when a new file begins, what is kept.</summary>
internal sealed class RecordingSwitches
{
    private readonly Option<string?> _path = new("--record")
    {
        Description = "record exchanges in this .plx file; %Y %m %d %H %M %S stand for its time",
        HelpName = "FILE",
    };

    private readonly Setting<long> _size = Setting.Size("--record-size", "begin another file beyond this size", "1gb", least: 1 << 16);
    private readonly Setting<TimeSpan> _time = Setting.Duration("--record-time", "begin another file after this time", "never");
    private readonly Setting<int> _count = Setting.Count("--record-count", "begin another file after so many exchanges", byDefault: null);
    private readonly Setting<long> _keep = Setting.Size("--record-keep", "delete the oldest files beyond this size", "all", least: 1);
    private readonly Setting<TimeSpan> _keepAge = Setting.Duration("--record-keep-time", "delete files older than this", "never");
    private readonly Option<PlxCoding?> _coding = Compression("--record-compress", "how the file is stored: none, gzip or brotli [none]");
    private readonly Option<string[]> _keepHeaders = KeptHeaders();
    private readonly Option<bool> _keepOpaque = KeepsOpaque();
    private readonly Option<bool> _shadows = new("--record-shadows")
    {
        Description = "record with each exchange what the shadows of its request answered",
    };

    private readonly MatchSwitches _match = new("record", KnownFacts.Exchange, "", "record-");

    private Option[] Others =>
    [
        .. _match.All, _size.Option, _time.Option, _count.Option, _keep.Option, _keepAge.Option, _coding, _keepHeaders, _keepOpaque,
        _shadows,
    ];

    /// <summary>True when exchanges are to be recorded.</summary>
    public bool IsWanted(ParseResult parsed) => parsed.GetValue(_path) is not null;

    public void AddTo(CommandPage page) => page.Add(SwitchGroup.Recording, Others.Prepend(_path));

    /// <summary>How the command line asks to record; null when it does not.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="keepsRaw">True records secrets as they are.</param>
    /// <exception cref="UsageException">A value is not right.</exception>
    public RecordingOptions? OptionsOf(ParseResult parsed, bool keepsRaw)
    {
        if (parsed.GetValue(_path) is not { } path)
        {
            var lone = Others.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
            return lone is null
                ? null
                : throw new UsageException($"{lone.Name} says something about a recording, but no --record is given");
        }

        if (RecordingFormats.OfName(path) is not RecordingFormat.Plx)
        {
            throw new UsageException($"--record: \"{path}\" does not end in .plx; parallax convert makes other formats of it");
        }

        return new()
        {
            Path = path,
            Match = _match.MatchOf(parsed),
            Format = new()
            {
                Coding = parsed.GetValue(_coding) ?? PlxCoding.None,
                Redaction = keepsRaw ? RedactionState.Raw : RedactionState.Redacted,
            },
            WithShadows = parsed.GetValue(_shadows),
            Redactor = keepsRaw ? null : new(parsed.GetValue(_keepHeaders), parsed.GetValue(_keepOpaque)),
            MaxFileBytes = _size.Of(parsed),
            MaxFileAge = parsed.GetValue(_time.Option),
            MaxFileEntries = parsed.GetValue(_count.Option),
            KeepBytes = parsed.GetValue(_keep.Option),
            KeepAge = parsed.GetValue(_keepAge.Option),
        };
    }

    /// <summary>An option for how blocks are stored.</summary>
    public static Option<PlxCoding?> Compression(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "CODING",
        CustomParser = result =>
        {
            switch (result.Tokens[0].Value)
            {
                case "none":
                    return PlxCoding.None;
                case "gzip":
                    return PlxCoding.Gzip;
                case "brotli":
                    return PlxCoding.Brotli;
                case var other:
                    result.AddError($"{name}: \"{other}\" is not a coding; write none, gzip or brotli");
                    return null;
            }
        },
    };

    /// <summary>An option for bodies that are not text.</summary>
    public static Option<bool> KeepsOpaque() => new("--keep-opaque")
    {
        Description = "record bodies that are not text, such as images, as they are; without it only their length and hash are kept",
    };

    /// <summary>An option for headers whose values are harmless.</summary>
    public static Option<string[]> KeptHeaders() => new("--keep-header")
    {
        Description = "record the value of this header as it is (repeatable); unknown headers are replaced",
        HelpName = "NAME",
    };
}
