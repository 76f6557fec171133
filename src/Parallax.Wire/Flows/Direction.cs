namespace Parallax.Wire.Flows;

/// <summary>Which way a segment of a flow goes, in terms of the flow's canonical key. Who is the client is another question:
/// see <see cref="Flow.Initiator"/>.</summary>
public enum Direction : byte
{
    /// <summary>From the endpoint the key names first to the one it names second.</summary>
    Forward = 0,

    /// <summary>From the endpoint the key names second to the one it names first.</summary>
    Backward = 1,
}

/// <summary>The one thing a direction can do.</summary>
public static class Directions
{
    /// <summary>The other way.</summary>
    public static Direction Opposite(this Direction direction) => direction ^ Direction.Backward;
}
