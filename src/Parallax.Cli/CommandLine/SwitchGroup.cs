namespace Parallax.Cli.CommandLine;

/// <summary>What an option is about, in the order in which help shows the groups: the most used ones first.</summary>
internal enum SwitchGroup
{
    Packets,
    Requests,
    Copies,
    Documents,
    Pace,
    Copied,
    Selected,
    Changes,
    Written,
    Run,
    Recording,
    Sessions,
    Sending,
    Serving,
    Limits,
}

/// <summary>The headings of the groups, in help as in docs/configuration.md.</summary>
internal static class SwitchGroups
{
    public static string HeadingOf(SwitchGroup group) => group switch
    {
        SwitchGroup.Packets => "Where packets come from",
        SwitchGroup.Requests => "Where requests go",
        SwitchGroup.Copies => "Where copies go",
        SwitchGroup.Documents => "What documents say",
        SwitchGroup.Pace => "When it is sent",
        SwitchGroup.Copied => "What is copied",
        SwitchGroup.Selected => "What is selected",
        SwitchGroup.Changes => "What is changed in the copy",
        SwitchGroup.Sessions => "Sessions and state",
        SwitchGroup.Sending => "How it is sent",
        SwitchGroup.Written => "What is written",
        SwitchGroup.Recording => "What is recorded",
        SwitchGroup.Serving => "How clients are served",
        SwitchGroup.Limits => "How much is held",
        SwitchGroup.Run => "The run and its output",
        _ => throw new ArgumentOutOfRangeException(nameof(group)),
    };
}
