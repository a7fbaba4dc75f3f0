"""Language models in OpenAI's form: answers that fit what was asked for, and never pretend to be clever.

The same request gives the same answer. Where a JSON Schema is given (in `response_format`, or in the words
of the prompt) the answer is data that the schema accepts, with sentences about what the prompt is about. What
may never enter: the renderers, and any model. Meet `reply.reply_to` first.
"""
