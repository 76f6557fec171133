namespace Parallax.Reactor.Connections;

/// <summary>When in a turn the octets of a connection leave.</summary>
public enum SendOrder : byte
{
    /// <summary>Before all others.</summary>
    First,

    /// <summary>Behind those sent first.</summary>
    Second,

    /// <summary>Behind all others: somebody who can wait.</summary>
    Last,
}
