using Parallax.Proxy.Accounts;

namespace Parallax.Proxy.Tests.Accounts;

public sealed class OverloadStepsTests
{
    [Theory]
    [InlineData(0, OverloadStep.None)]
    [InlineData(0.949, OverloadStep.None)]
    [InlineData(0.95, OverloadStep.ShedShadows)]
    [InlineData(0.97, OverloadStep.CloseIdle)]
    [InlineData(0.99, OverloadStep.Refuse)]
    [InlineData(7, OverloadStep.Refuse)]
    public void Next_FromNone_GoesByPressure(double pressure, OverloadStep expected) =>
        Assert.Equal(expected, OverloadSteps.Next(OverloadStep.None, pressure));

    [Theory]
    [InlineData(OverloadStep.Refuse, 0.945, OverloadStep.Refuse)]
    [InlineData(OverloadStep.Refuse, 0.935, OverloadStep.CloseIdle)]
    [InlineData(OverloadStep.CloseIdle, 0.985, OverloadStep.CloseIdle)]
    [InlineData(OverloadStep.CloseIdle, 0.915, OverloadStep.ShedShadows)]
    [InlineData(OverloadStep.ShedShadows, 0.905, OverloadStep.ShedShadows)]
    [InlineData(OverloadStep.ShedShadows, 0.89, OverloadStep.None)]
    public void Next_AfterAStepHasBegun_EndsItLower(OverloadStep step, double pressure, OverloadStep expected) =>
        Assert.Equal(expected, OverloadSteps.Next(step, pressure));
}
