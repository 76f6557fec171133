using Parallax.Cli.Output;

namespace Parallax.Cli.Tests.Output;

public sealed class SessionsTextTests
{
    [Theory]
    [InlineData(0, 0, 0, "")]
    [InlineData(60, 13, 0, "sessions sampled: 13 of 60")]
    [InlineData(60, 0, 0, "sessions sampled: 0 of 60")]
    [InlineData(65_536, 1200, 7, "sessions sampled: more than 1,200 of more than 65,536")]
    public void Write_SaysHowManyOfHowMany(long sessions, long sampled, long notCounted, string expected)
    {
        using var output = new StringWriter();
        AccountText.WriteSessions(output, new()
        {
            Name = "shadow",
            Target = "http://b",
            Received = 0,
            Offered = 0,
            NotMatched = 0,
            NotSampled = 0,
            OtherMethods = 0,
            Sessions = sessions,
            SessionsSampled = sampled,
            SessionsNotCounted = notCounted,
            Dropped = [],
        });
        Assert.Equal(expected, output.ToString().Trim());
    }
}
