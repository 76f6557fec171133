using Parallax.Proxy.Accounts;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Primary;

/// <summary>The exchange whose request a <see cref="RetryLoop"/> sends.</summary>
/// <remarks>Called on the loop's thread.</remarks>
internal interface IRetryListener
{
    /// <summary>The request's head, and what is there of its body, was given to a connection; called for each try.</summary>
    /// <param name="inputs">What was written into the head.</param>
    void OnSent(in HeadInputs inputs);

    /// <summary>A wait is over: the rest of the request can be taken.</summary>
    void OnWaitOver();

    /// <summary>The time limit of the whole exchange has passed.</summary>
    void OnTimeout();

    /// <summary>Aborts the request on purpose, if it is selected.</summary>
    /// <returns>False when it is not.</returns>
    bool TryAbort(FaultConfig fault);

    /// <summary>Answers in place of a primary.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="status">The status.</param>
    /// <param name="text">The body.</param>
    void Answer(LocalReason reason, int status, ReadOnlySpan<byte> text);
}
